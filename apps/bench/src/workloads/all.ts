/**
 * The workloads, in the order in which they are run and shown.
 */
import { activeFalse } from "./active-false.js";
import { calloc } from "./calloc.js";
import { churn } from "./churn.js";
import { larson } from "./larson.js";
import { linuxScalability } from "./linux-scalability.js";
import { mstress } from "./mstress.js";
import { passiveFalse } from "./passive-false.js";
import { phong } from "./phong.js";
import { traceWorkload } from "./play-trace.js";
import { producerConsumer } from "./producer-consumer.js";
import { reallocGrowth } from "./realloc-growth.js";
import { sh6Like } from "./sh6-like.js";
import { sh8Like } from "./sh8-like.js";
import { threadtest } from "./threadtest.js";
import type { Workload } from "./workload.js";
import { xmallocTest } from "./xmalloc-test.js";

const RECORDINGS = ["cc1", "gawk", "git-grep", "git-log", "grep", "jq", "lld", "perl", "python3", "redis", "ripgrep", "sqlite3"];

export const WORKLOADS: readonly Workload[] = [
  linuxScalability, threadtest, activeFalse, passiveFalse, larson, producerConsumer, phong, xmallocTest, sh6Like, sh8Like, mstress,
  churn, reallocGrowth, calloc, ...RECORDINGS.map(traceWorkload),
];

/** @throws RangeError */
export function workloadNamed(name: string): Workload {
  const found = WORKLOADS.find((workload) => workload.name === name);
  if (found === undefined) throw new RangeError(`there is no workload ${name}`);
  return found;
}
