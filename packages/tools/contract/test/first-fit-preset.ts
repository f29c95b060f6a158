import { definePreset } from "@heapwright/combine";
import { FirstFit } from "./first-fit.js";

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
