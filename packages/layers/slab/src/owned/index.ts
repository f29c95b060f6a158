export { DelayedFrees } from "./delayed-frees.js";
export { FullnessGroups, OWNED_CLASS } from "./fullness-groups.js";
export { GLOBAL_HEAP as OWNED_GLOBAL_HEAP } from "./global-heap.js";
export type { HeapPoolOptions } from "./heap-pool.js";
export { OWNED_HEAP, type EmptinessPolicy } from "./owned-heap.js";
export { OwnedSlabs, type OwnedSlabsOptions } from "./owned-slabs.js";
export { largestOwnedBlock, SUPERBLOCK as OWNED_SUPERBLOCK } from "./superblock-geometry.js";
