export { heapwright } from "./heapwright.js";
