export { EXCLUSIVE_NOTE, EXCLUSIVE_SUPERBLOCK } from "./exclusive-geometry.js";
export { ExclusiveSlabs } from "./exclusive-slabs.js";
export { EXCLUSIVE_SUPPLY } from "./exclusive-supply.js";
export { FREED_PARTS } from "./freed-bits.js";
export { EXCLUSIVE_ROW } from "./private-lists.js";
