/** All measurements of a run, by preset, workload and number of cores. */
import type { Measurement } from "./measure.js";

export class Results {
  private readonly all = new Map<string, Measurement>();

  /** @param cores what was simulated, ascending, 1 first */
  constructor(
    readonly subjects: readonly string[],
    readonly workloads: readonly string[],
    readonly cores: readonly number[],
  ) {}

  add(subject: string, workload: string, measurement: Measurement): void {
    this.all.set(`${subject} ${workload} ${measurement.cores}`, measurement);
  }

  has(subjects: readonly string[], workload: string, cores: readonly number[]): boolean {
    return this.workloads.includes(workload) && subjects.every((name) => this.subjects.includes(name)) && cores.every((count) => this.cores.includes(count));
  }

  /** @throws RangeError for what was not simulated */
  of(subject: string, workload: string, cores: number): Measurement {
    const found = this.all.get(`${subject} ${workload} ${cores}`);
    if (found === undefined) throw new RangeError(`${subject} was not simulated in ${workload} on ${cores} cores`);
    return found;
  }

  /** Units of work per cycle, times 1,000. */
  throughput(subject: string, workload: string, cores: number): number {
    const { units, cycles } = this.of(subject, workload, cores);
    return (1000 * units) / cycles;
  }

  /** How many times more is done in the same time than on one core. */
  speedup(subject: string, workload: string, cores: number): number {
    return this.throughput(subject, workload, cores) / this.throughput(subject, workload, 1);
  }
}
