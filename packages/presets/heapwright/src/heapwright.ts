/**
 * The default: slabs of private pages for what is small, pages for what is large. Everything is in the layers; this is how
 * they fit together.
 */
import { fastest, type Preset } from "@heapwright/core";
import { definePreset, SizeSplit } from "@heapwright/combine";
import { Pages, WholePages } from "@heapwright/pages";
import { LARGEST_PRIVATE_BLOCK, PrivateSlabs } from "@heapwright/slab";

export const heapwright: Preset = definePreset({
  name: "heapwright",
  progress: "lock-free",
  settings: () => ({}),
  grows: fastest,

  build(root) {
    const pages = new Pages(root);
    const slabs = new PrivateSlabs(root, pages);
    return { allocator: new SizeSplit(slabs, new WholePages(root, pages), LARGEST_PRIVATE_BLOCK, slabs), pages };
  },
});
