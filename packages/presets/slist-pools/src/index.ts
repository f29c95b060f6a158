export { slistPools, type SlistPoolsOptions } from "./slist-pools.js";
export { SlistPoolsHeap } from "./slist-pools-heap.js";
