/**
 * Every preset, checked, with the abilities that it declares in its own tests. What it does not notice by itself is noticed here,
 * so that is not declared. To add one is to add a line.
 */
import { aoMalloc } from "@heapwright/ao-malloc";
import { MEMORY_KINDS, type SubjectOptions } from "@heapwright/contract";
import type { Preset } from "@heapwright/core";
import { dlmalloc } from "@heapwright/dlmalloc";
import { heapwright } from "heapwright";
import { hoard } from "@heapwright/hoard";
import { michael } from "@heapwright/michael";
import { rtosHeap } from "@heapwright/rtos-heap";
import { slistPools } from "@heapwright/slist-pools";
import { spanMalloc } from "@heapwright/span-malloc";
import { checked, type CheckOptions } from "../src/index.js";

interface CheckedPreset {
  readonly preset: Preset;
  readonly how: SubjectOptions;
}

/** The stacks would take most of the time, most of all with the source maps of a test runner; and blocks in quarantine look like leaks where a case counts pages. */
const LIGHT: CheckOptions = { sites: "sampled", siteSample: 1024, quarantineBytes: 2 ** 15 };

/** What a block of the allocator below is larger than one that is asked for here. */
const SURCHARGE = 72;

/** Most of the smallest memory that the contract makes, 2 MiB. */
const ARENA = 13 * 2 ** 17;

export const CHECKED_PRESETS: readonly CheckedPreset[] = [
  { preset: checked(heapwright, LIGHT), how: { abilities: { servesFromIdle: false } } },
  { preset: checked(michael, LIGHT), how: {} },
  { preset: checked(hoard, LIGHT), how: {} },
  { preset: checked(dlmalloc, LIGHT), how: {} },
  { preset: checked(spanMalloc, LIGHT), how: {} },
  {
    // its header is made longer, so where the memory grows, the static heap does so by some pages
    preset: checked(aoMalloc, LIGHT),
    how: { memories: MEMORY_KINDS.slice(1, 2), abilities: { growth: false, largestBlock: 65520 - SURCHARGE, largestAlignment: 32768, reusesAcrossSizes: false } },
  },
  {
    preset: checked(slistPools, LIGHT),
    how: { options: { buckets: 14, refill: true }, abilities: { largestBlock: 65536 - SURCHARGE, largestAlignment: 32768, reusesAcrossSizes: false } },
  },
  {
    preset: checked(rtosHeap, LIGHT),
    how: { options: { form: "heap_4", heapBytes: ARENA }, abilities: { growth: false, largestBlock: ARENA - 36 - SURCHARGE, largestAlignment: 2 ** 20 } },
  },
];
