/** All workloads, in the order in which they are reported. */
import { activeFalse, passiveFalse } from "./false-sharing.js";
import { larson } from "./larson.js";
import { linuxScalability, threadtest } from "./loops.js";
import { producerConsumer } from "./producer-consumer.js";
import type { Workload } from "./workload.js";

export const WORKLOADS: readonly Workload[] = [linuxScalability, threadtest, activeFalse, passiveFalse, larson, producerConsumer];
