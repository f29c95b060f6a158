import { definePreset } from "@heapwright/combine";
import type { Abilities } from "@heapwright/contract";
import { FirstFit } from "./first-fit.js";

/** Each thing is written down once, so a wrong word is not always noticed. */
export const FIRST_FIT_ABILITIES: Partial<Abilities> = { noticesDamage: false };

/** The heap that the suite itself is tested on. */
export const firstFit = definePreset({
  name: "first-fit",
  progress: "blocking",
  settings: () => ({}),
  build(root) {
    const chain = new FirstFit(root);
    return { allocator: chain, pages: chain.pages() };
  },
});
