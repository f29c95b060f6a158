/** Leaks show in the peak: work that is done again and again must find the memory of the round before. */
import { PAGE_BYTES, type Heap } from "@heapwright/core";
import { demand } from "./violation.js";

/**
 * Proves that the peak has hardly risen above `before`. Fragments may differ from round to round; a page lost in each
 * of some forty rounds would double it.
 * @param what has been done since
 */
export function demandLittleMore(heap: Heap, before: number, what: string): void {
  const { peakMappedBytes } = heap.stats();
  demand(peakMappedBytes <= before * 1.25 + 2 * PAGE_BYTES, `peakMappedBytes rose from ${before} to ${peakMappedBytes} with ${what}`);
}
