export { dlmalloc, type DlmallocOptions } from "./dlmalloc.js";
export { DlmallocHeap } from "./dlmalloc-heap.js";
export type { Mspace } from "./mspace.js";
