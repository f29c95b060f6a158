export { PRIVATE_NOTE, PRIVATE_PAGE, PRIVATE_UNIT } from "./private-layout.js";
export { LARGEST_PRIVATE_BLOCK, PrivateSlabs } from "./private-slabs.js";
export { PRIVATE_PAGES } from "./page-ownership.js";
export { BATCH, PRIVATE_ROW, SLOT_WORD } from "./thread-row.js";
