/**
 * Upper bounds on memory, as the READMEs of the presets give them, for a program whose peaks are known. Where a size is
 * rounded to a class, the worst rounding there is is taken.
 */
import { PAGE_BYTES } from "@heapwright/core";
import type { Blowup, Workload } from "./system.js";

type Bound = Blowup["bound"];

/** The sum of what each size of request takes for itself. */
function sumOverSizes({ peaks }: Workload, bytesFor: (size: number, peak: number) => number): number {
  return [...peaks].reduce((sum, [size, peak]) => sum + bytesFor(size, peak), 0);
}

/** A class is at most a fifth, or 16 bytes, larger than the request. */
function geometricBlock(size: number): number {
  return Math.max(size * 1.2, size + 16);
}

/** Blocks of 2^k with a word of header, in chunks of a page; threads may carve a chunk each at once. */
export const carvedChunks: Bound = (workload) =>
  sumOverSizes(workload, (size, peak) => {
    const block = Math.max(16, 2 ** Math.ceil(Math.log2(size + 4)));
    const perChunk = Math.max(1, PAGE_BYTES / block - 1);
    return (Math.ceil(peak / perChunk) + workload.threads) * PAGE_BYTES;
  });

/** Blocks of a constant size for each bucket, in pieces of a page; threads may add a piece each at once. */
export function buckets(blockFor: (size: number) => number): Bound {
  return (workload) =>
    sumOverSizes(workload, (size, peak) => {
      const perPiece = Math.floor((PAGE_BYTES - 128) / blockFor(size));
      return (Math.ceil(peak / perPiece) + workload.threads) * PAGE_BYTES;
    });
}

/** Blocks that each thread may keep of each bucket, beside what `shared` says. A row for each thread takes a page. */
export function withPools(shared: Bound, bytesPerThread: number): Bound {
  return (workload) => shared(workload) + workload.threads * workload.peaks.size * bytesPerThread + PAGE_BYTES;
}

/** 2 (L + C + 7) pages of each thread, with L of its pages that hold something live, and C size classes. */
export const pagesOfThreads: Bound = ({ peaks, threads, livePages }) => 2 * (livePages + threads * (peaks.size + 7)) * PAGE_BYTES;

/** A block with its tag, in multiples of 16. */
function taggedBlock(size: number, smallest: number): number {
  return Math.max(smallest, Math.ceil((size + 4) / 16) * 16);
}

/** One arena whose free blocks merge: what is live at a time, and the arena's own 32 bytes. */
export const mergingArena: Bound = ({ peaks }) => Math.max(...[...peaks].map(([size, peak]) => peak * taggedBlock(size, 16))) + 64;

/** One arena whose blocks stay as they were cut. */
export const cutArena: Bound = (workload) => sumOverSizes(workload, (size, peak) => peak * taggedBlock(size, 16)) + 64;

/** One heap in spans of a page, of which each loses less than a block at its end, and one is kept when it is empty. */
export function mergingSpans(smallest: number): Bound {
  return ({ peaks }) => {
    const spansFor = ([size, peak]: [number, number]): number => Math.ceil(peak / Math.floor((PAGE_BYTES - 32) / taggedBlock(size, smallest)));
    return (Math.max(...[...peaks].map(spansFor)) + 1) * PAGE_BYTES;
  };
}

/** U / n + 2 H + T superblocks of each class, of which a twentieth is lost at the end, in hyperblocks; a MiB for one that is kept and for tables. */
export const anchoredSuperblocks: Bound = (workload) => {
  const superblocks = sumOverSizes(workload, (size, peak) => {
    const superblock = size <= 1040 ? 2 ** 14 : 2 ** 16;
    const perSuperblock = Math.floor((superblock * 0.946) / (geometricBlock(size) + 8));
    return (Math.ceil(peak / perSuperblock) + 3 * workload.threads) * superblock;
  });
  return (Math.ceil(superblocks / 2 ** 20) + 1) * 2 ** 20;
};

/** Blocks of multiples of 16 with a word of overhead, as much again for holes, and a segment that has just begun; for each heap that threads are spread over. */
export function bestFit(heaps: number): Bound {
  return ({ liveBytes, peaks, threads }) => {
    const smallest = Math.min(...peaks.keys());
    const rounding = (Math.ceil((smallest + 4) / 16) * 16) / smallest;
    return Math.min(heaps, threads) * (2 * rounding * liveBytes + PAGE_BYTES);
  };
}

/** U / ((1 - f) n) + 2 P K superblocks of each class with f = 1/4, P = K = 4, and 7 blank ones. */
export const ownedSuperblocks: Bound = (workload) => {
  const superblock = 8192;
  const superblocks = sumOverSizes(workload, (size, peak) => {
    const perSuperblock = Math.floor((superblock * (size <= 992 ? 0.91 : 0.71)) / geometricBlock(size));
    return peak / (0.75 * perSuperblock) + 2 * 4 * 4;
  });
  return (superblocks + 7) * superblock;
};
