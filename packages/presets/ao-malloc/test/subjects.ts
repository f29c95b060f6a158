/** The forms of AO_malloc that are tested, with the abilities that each declares. */
import type { SubjectOptions } from "@heapwright/contract";
import type { AoMallocOptions } from "../src/index.js";

export const STATIC: SubjectOptions<AoMallocOptions> = {
  name: "ao-malloc, static heap",
  abilities: { growth: false, largestBlock: 65520, largestAlignment: 32768, reusesAcrossSizes: false },
};

export const GROWING: SubjectOptions<AoMallocOptions> = {
  name: "ao-malloc, growing",
  options: { enableMmap: true },
  abilities: { reusesAcrossSizes: false },
};

export const ALMOST_LOCK_FREE: SubjectOptions<AoMallocOptions> = {
  name: "ao-malloc, almost lock-free, growing",
  options: { enableMmap: true, stack: "almost-lock-free" },
  abilities: { reusesAcrossSizes: false },
};
