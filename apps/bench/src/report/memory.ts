/** Memory taken by memory in use, on recordings. */
import type { Result } from "../runner/result.js";

/** @returns undefined where that is not known */
export function mappedByLive(results: readonly Result[], contender: string, workload: string): number | undefined {
  const one = results.find((result) => result.contender === contender && result.workload === workload && result.threads === 1);
  return one?.mappedBytes === undefined || one.liveBytes === undefined ? undefined : one.mappedBytes / one.liveBytes;
}
