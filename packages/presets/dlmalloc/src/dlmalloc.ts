/**
 * Doug Lea's malloc 2.8.6, with its constants for 32-bit addresses and an alignment of 16 (the build of wasi-libc), over a
 * heap that threads share.
 */
import { flag, integerIn, PAGE_BYTES, type HeapOptions } from "@heapwright/core";
import { definePreset, type PresetOf } from "@heapwright/combine";
import { compose, UNIT, type DlmallocComposition, type DlmallocSettings } from "./composition.js";
import { DlmallocHeap } from "./dlmalloc-heap.js";

export interface DlmallocOptions extends HeapOptions {
  /** Heaps in one memory, 1 to 1024; threads are spread over them by slot. About the number of workers. Default 1. */
  mspaces?: number;
  /** FOOTERS: a second word a block, so that a block that was written past, or is another mspace's, is noticed when it is freed. Default false. */
  footers?: boolean;
  /** Segments grow by multiples of this; itself a multiple of 64 KiB, up to 1 GiB. Default 64 KiB. */
  granularity?: number;
  /** When more than this is free at the end of the newest segment, it goes back; 0 to 2^32. Default 2 MiB. */
  trimThreshold?: number;
  /** Blocks of this size and more, overhead included, get spans of their own rather than let a segment grow: a multiple of 16 from 64 KiB to 2^32. Default 256 KiB. */
  mmapThreshold?: number;
  /** After so many frees of blocks above 255 bytes, segments without a block in use go back; up to 2^31 - 1. Default 4095. */
  releaseCheckRate?: number;
  /**
   * Most bytes that the segments of each mspace may take, rounded up to 64 KiB; 0: no limit, the default. Can be changed later.
   * Blocks that have pages of their own (see `mmapThreshold`) are in no segment.
   */
  footprintLimit?: number;
}

export const dlmalloc: PresetOf<DlmallocHeap, DlmallocOptions> = definePreset<DlmallocOptions, DlmallocSettings, DlmallocComposition, DlmallocHeap>(
  {
    name: "dlmalloc",
    progress: "blocking",

    settings: ({
      mspaces = 1, footers = false, granularity = PAGE_BYTES, trimThreshold = 2 ** 21, mmapThreshold = 2 ** 18, releaseCheckRate = 4095, footprintLimit = 0,
    }) => ({
      mspaces: integerIn("mspaces", mspaces, 1, 1024),
      footers: flag("footers", footers),
      granularity: multipleOf(PAGE_BYTES, "granularity", granularity, PAGE_BYTES, 2 ** 30),
      trimThreshold: integerIn("trimThreshold", trimThreshold, 0, 2 ** 32),
      mmapThreshold: multipleOf(UNIT, "mmapThreshold", mmapThreshold, PAGE_BYTES, 2 ** 32),
      releaseCheckRate: integerIn("releaseCheckRate", releaseCheckRate, 0, 2 ** 31 - 1),
      footprintLimit: integerIn("footprintLimit", footprintLimit, 0, 2 ** 32),
    }),

    build: compose,
  },
  DlmallocHeap,
);

function multipleOf(unit: number, name: string, value: unknown, minimum: number, maximum: number): number {
  const integer = integerIn(name, value, minimum, maximum);
  if (integer % unit !== 0) throw new RangeError(`${name} must be a multiple of ${unit}, not ${integer}`);
  return integer;
}
