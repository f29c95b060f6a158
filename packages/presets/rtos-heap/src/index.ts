export type { RtosHeap, RtosHeapStats } from "./reporting-heap.js";
export { rtosHeap, type RtosHeapOptions } from "./rtos-heap.js";
