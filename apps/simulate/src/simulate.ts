/** Simulates all that was ordered, one measurement after the other. */
import { measure } from "./measure.js";
import { Results } from "./results.js";
import type { Subject } from "./subjects.js";
import type { Workload } from "./workload.js";

export interface SimulationOrders {
  readonly subjects: readonly Subject[];
  readonly workloads: readonly Workload[];
  /** Ascending, 1 first. */
  readonly cores: readonly number[];
  readonly seed: number;
  /** Work for each core, in percent of the usual. */
  readonly percent: number;
}

/** @param progress is told what comes next */
export function simulate({ subjects, workloads, cores, seed, percent }: SimulationOrders, progress: (what: string) => void): Results {
  const results = new Results(subjects.map(({ name }) => name), workloads.map(({ name }) => name), cores);
  for (const workload of workloads) {
    for (const subject of subjects) {
      for (const count of cores) {
        progress(`${workload.name}, ${subject.name}, ${count} cores`);
        results.add(subject.name, workload.name, measure(subject, workload, count, seed, percent));
      }
    }
  }
  return results;
}
