/**
 * One look at how heapwright compares with a reference: a few workloads with one thread, the two in turn, several times. Of each the
 * fastest round counts, because whatever else the machine does makes rounds longer, and none shorter.
 */
import type { Runner } from "../runner/runner.js";
import type { Outcome } from "../runner/run-process.js";
import type { Parameters, Workload } from "../workloads/workload.js";
import type { Ratios } from "./judge.js";

/** With numbers for rounds of about a millisecond, so that some are not interrupted even on a machine that has much to do. */
export const SMOKE_WORKLOADS: Readonly<Record<string, Parameters>> = {
  "linux-scalability": { pairs: 50_000 },
  threadtest: { iterations: 1, objects: 20_000 },
  larson: { blocks: 1000, replacements: 10_000 },
  "sh6-like": { passes: 1, step: 20 },
  churn: { blocks: 20_000, replacements: 5_000 },
  calloc: { allocations: 1_000, blocks: 200 },
  "trace-cc1": { events: 10_000 },
};
const REPETITIONS = 4;
const CLOCK = { warmUpMilliseconds: 60, warmUpRounds: 4, measureMilliseconds: 60, patienceMilliseconds: 500, rounds: 0 };

/** Plays a workload once. */
export type Play = (runner: Runner, workload: Workload, clock: typeof CLOCK) => Promise<Outcome>;

/** @throws Error when a run fails */
export async function look(ours: Runner, reference: Runner, workloads: readonly Workload[], play: Play): Promise<Ratios> {
  const ratios: Record<string, number> = {};
  for (const workload of workloads) {
    const fastest = [Infinity, Infinity];
    for (let repetition = 0; repetition < REPETITIONS; repetition += 1) {
      for (const [i, runner] of [ours, reference].entries()) {
        const outcome = await play(runner, workload, CLOCK);
        if (outcome.outcome !== "measured") throw new Error(`${workload.name} on ${runner.contender.name}: ${outcome.reason}`);
        fastest[i] = Math.min(fastest[i], ...outcome.roundNanoseconds);
      }
    }
    ratios[workload.name] = fastest[0] / fastest[1];
  }
  return ratios;
}
