/**
 * One measurement: a workload on a preset on so many cores, in simulated cycles. It is run twice, and timed the second
 * time, when heaps have their first memory. The same again gives the same.
 */
import { Machine, runPrograms, type Counts } from "@heapwright/model";
import { simulatedHeaps } from "./simulated-heaps.js";
import type { Subject } from "./subjects.js";
import type { Stage, Workload } from "./workload.js";

export interface Measurement {
  readonly cores: number;
  /** Units of work that all cores did together, and the cycles until the last core had done. */
  readonly units: number;
  readonly cycles: number;
  /** Of all cores together. */
  readonly counts: Counts;
}

export function measure(subject: Subject, workload: Workload, cores: number, seed: number, percent: number): Measurement {
  const machine = new Machine(cores);
  const heaps = simulatedHeaps(subject, machine);
  const stage: Stage = { machine, heaps, random: random(seed), percent };
  play(workload, stage);
  const units = play(workload, stage);
  return { cores, units, cycles: machine.time, counts: machine.counts.reduce(sum) };
}

/** @returns the units of work that were done */
function play(workload: Workload, stage: Stage): number {
  const { programs, units } = workload.prepare(stage);
  stage.machine.restart();
  runPrograms(stage.machine, programs);
  return units;
}

function sum(one: Counts, other: Counts): Counts {
  const names = Object.keys(one) as (keyof Counts)[];
  return Object.fromEntries(names.map((name) => [name, one[name] + other[name]])) as unknown as Counts;
}

/** @returns a function that gives integers from 0 to `below - 1`, the same for the same seed */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
