export { aoMalloc, type AoMallocOptions } from "./ao-malloc.js";
