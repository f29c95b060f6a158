/**
 * What is said of a system: one cell for each guarantee. A cell is a value that can be compared with what a real heap is
 * observed to do, so that none is a matter of opinion.
 */
import type { Heap, Preset, Progress } from "@heapwright/core";

/** What freed memory can serve: `neighbours` merge, `superblocks` once all their blocks are free, `none` ever. */
export type Coalescing = "neighbours" | "superblocks" | "none";

/**
 * Whether blocks of two threads come to lie in one cache line of 64 bytes: `active`, because two that allocate by turns
 * are given neighbours; `passive`, because one frees a block and is given its place, beside a live one of the other;
 * `handed on`, only because a whole superblock with live blocks in it has changed its heap; `left behind`, only in memory
 * whose thread has gone; `when full`, only because there is no other memory.
 */
export type FalseSharing = "active and passive" | "passive" | "handed on" | "left behind" | "when full" | "none";

/** What a thread costs that stops for ever inside a call, once it is reclaimed. Whether others go on before is {@link Progress}. */
interface Death {
  /** In a few words: what is lost at most. */
  readonly text: string;
  /** In bytes, the block in hand included, for requests of the system's {@link System.sizes}. */
  readonly lostBytes: number;
}

/** An upper bound on memory, for a program whose live blocks of each size have had a peak. */
export interface Blowup {
  /** In a few words or a formula, as in the README of the preset. */
  readonly text: string;
  /** Most bytes that are mapped, the header left out. */
  readonly bound: (workload: Workload) => number;
  /** Whether memory that served one size can serve another later. If not, each size keeps what its own peak took. */
  readonly acrossSizes: "shared" | "kept";
}

export interface Workload {
  /** For each size of request the most blocks that were live at a time. */
  readonly peaks: ReadonlyMap<number, number>;
  /** The most bytes of requests that were live at a time, over all sizes. */
  readonly liveBytes: number;
  readonly threads: number;
  /** For each thread the most pages of 64 KiB in which blocks that it allocated were live at a time; the sum of these. */
  readonly livePages: number;
}

export interface Cells {
  readonly progress: Progress;
  readonly coalescing: Coalescing;
  /** Bytes of bookkeeping for a live block of 16 and of 64 bytes, when there are many. */
  readonly metadata: readonly [of16: number, of64: number];
  /** Bytes of which every address is a multiple. */
  readonly alignment: number;
  readonly blowup: Blowup;
  readonly falseSharing: FalseSharing;
  /** Bytes; `memory`: as much as the heap may grow by, but for bookkeeping. */
  readonly largest: number | "memory";
  readonly death: Death;
}

export interface System {
  /** As it stands in the table. */
  readonly name: string;
  /** Where its README is, relative to the root of the repository. */
  readonly folder: string;
  readonly preset: Pick<Preset, "attach">;
  /** `fixed`: the heap maps all its memory when it is made. */
  readonly arena: "growing" | "fixed";
  /** A heap of up to `maximumBytes` for at most 16 threads. */
  create(maximumBytes: number): Heap;
  /** Sizes of requests in workloads, two or more, ascending; all are served. */
  readonly sizes: readonly number[];
  readonly cells: Cells;
}
