/**
 * Every preset, checked, with the abilities that it declares in its own tests. What it does not notice by itself is noticed here,
 * so that is not declared. To add one is to add a line.
 */
import { aoMalloc } from "@heapwright/ao-malloc";
import type { SubjectOptions } from "@heapwright/contract";
import type { Preset } from "@heapwright/core";
import { hoard } from "@heapwright/hoard";
import { michael } from "@heapwright/michael";
import { checked, type CheckOptions } from "../src/index.js";

interface CheckedPreset {
  readonly preset: Preset;
  readonly how: SubjectOptions;
}

/** The engine's stacks would take most of the time; test/sites.test.ts is about them. */
const SOME_SITES: CheckOptions = { sites: "sampled", siteSample: 64 };

/** What a block of the allocator below is larger than one that is asked for here. */
const SURCHARGE = 72;

export const CHECKED_PRESETS: readonly CheckedPreset[] = [
  { preset: checked(michael, SOME_SITES), how: {} },
  { preset: checked(hoard, SOME_SITES), how: {} },
  {
    preset: checked(aoMalloc, SOME_SITES),
    how: { abilities: { growth: false, largestBlock: 65520 - SURCHARGE, largestAlignment: 32768, reusesAcrossSizes: false } },
  },
];
