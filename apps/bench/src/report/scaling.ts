/** How throughput grows with threads. */
import { timeOf } from "../runner/ratios.js";
import type { Result } from "../runner/result.js";

/** Operations of `threads` threads in a second by those of one. */
export function speedup(results: readonly Result[], contender: string, workload: string, threads: number): number | undefined {
  const time = timeOf(results, contender);
  const [alone, together] = [time(workload, 1), time(workload, threads)];
  return alone === undefined || together === undefined ? undefined : (threads * alone) / together;
}
