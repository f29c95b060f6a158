export { CARVED_CLASS, CarvedChunks, type StackMaker } from "./carved-chunks.js";
export { CHUNK_BUDGET, ChunkBudget } from "./chunk-budget.js";
export { BLOCK_HEADER as CARVED_BLOCK_HEADER, LARGEST_REQUEST as LARGEST_CARVED_REQUEST } from "./chunk-geometry.js";
