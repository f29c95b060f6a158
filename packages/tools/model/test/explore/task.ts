/** What the long run consists of: every scenario within wide bounds, and every crowd by chance. */
import { explore, type Exploration, type ExploreOptions } from "@heapwright/model";
import { LONG_CASES } from "../scenarios/all.js";
import type { Case } from "../scenarios/case.js";
import { CROWDS } from "../scenarios/crowds.js";

/** How many schedules by chance are tried here for one in the tests. */
const TIMES = 40;

export interface Task {
  readonly one: Case;
  readonly options: ExploreOptions;
  /** What it is about; empty for crowds. */
  readonly protocol: string;
}

/** The same in every process, so that a number says which. */
export const TASKS: readonly Task[] = [
  ...LONG_CASES.flatMap(({ name, cases }) => cases.map((one) => ({ one, protocol: name, options: { states: 2 ** 23, ...one.options } }))),
  ...CROWDS.flatMap((one) => (["random", "priorities"] as const).map((search) => ({ one, protocol: "", options: { ...one.options, search, runs: one.runs * TIMES } }))),
];

/** How a task ended; an error of the explorer's own is a failure too. */
export interface Report extends Pick<Exploration, "executions" | "pruned" | "states"> {
  readonly task: number;
  readonly seconds: number;
  /** The whole message with its schedule and steps; empty when all was right. */
  readonly failure: string;
}

export function perform(task: number): Report {
  const from = process.cpuUsage();
  const { one, options } = TASKS[task];
  const { executions, pruned, states, failure } = attempt(one, options);
  const { user, system } = process.cpuUsage(from);
  return { task, executions, pruned, states, failure: failure?.message ?? "", seconds: (user + system) / 1e6 };
}

function attempt(one: Case, options: ExploreOptions): Omit<Exploration, "failure"> & { readonly failure: Error | undefined } {
  try {
    return explore(one.scenario, options);
  } catch (error) {
    return { executions: 0, pruned: 0, states: 0, failure: error instanceof Error ? error : new Error(String(error)) };
  }
}
