export type { Amount, CacheReport, ClassReport } from "./class-table.js";
export type { HeapReport, PageCounts } from "./heap-report.js";
export { inspect, snapshot, type HeapSnapshot } from "./inspect.js";
export type { PageState, PageSummary } from "./page-summary.js";
