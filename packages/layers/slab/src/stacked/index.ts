export { BLOCK_HEADER as STACKED_BLOCK_HEADER } from "./block-header.js";
export type { StackMaker } from "./stacked-blocks.js";
