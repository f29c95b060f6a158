export { spanMalloc, type SpanMallocOptions } from "./span-malloc.js";
