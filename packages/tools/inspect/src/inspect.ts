/** The two questions that users ask: what does the heap hold, and what does that look like page by page. */
import type { Heap } from "@heapwright/core";
import { reportOf, type HeapReport } from "./heap-report.js";
import { observe } from "./observation.js";
import { pagesOf, type PageSummary } from "./page-summary.js";

/** A report, and the pages it is about. Plain: it can be cloned, and written as JSON. */
export interface HeapSnapshot {
  readonly report: HeapReport;
  /** From the heap's base to the end of the buffer. */
  readonly pages: readonly PageSummary[];
}

/**
 * Looks at a heap, from any attached thread and at any time, while others allocate and free. Nobody is stopped or waited for;
 * it takes time in proportion to the superblocks and pages there are, and to the blocks of coalescing heaps.
 * @throws DepartedError when this thread has left the heap
 */
export function inspect(heap: Heap): HeapReport {
  return reportOf(observe(heap));
}

/** The same with a summary of every page. @throws DepartedError as {@link inspect} */
export function snapshot(heap: Heap): HeapSnapshot {
  const seen = observe(heap);
  const pages = pagesOf(seen);
  return { report: reportOf(seen, pages), pages };
}
