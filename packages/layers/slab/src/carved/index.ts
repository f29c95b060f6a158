export { CARVED_CLASS, CarvedChunks } from "./carved-chunks.js";
export { CHUNK_BUDGET, ChunkBudget } from "./chunk-budget.js";
export { LARGEST_REQUEST as LARGEST_CARVED_REQUEST } from "./chunk-geometry.js";
