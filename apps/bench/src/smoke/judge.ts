/**
 * Whether ratios of times have become worse than the recorded ones. Noise only ever makes times longer, so of several looks
 * the least ratio counts.
 */
import { geometricMean } from "../runner/statistics.js";

/** Time of heapwright by that of the reference, by workload. */
export type Ratios = Readonly<Record<string, number>>;

export interface Verdict {
  readonly worse: "yes" | "no";
  /** A line for each workload, and one for the mean. */
  readonly lines: readonly string[];
}

/** How much worse the geometric mean may be. */
const MEAN_LIMIT = 1.5;
/** And any one workload, which noise moves more. */
const ONE_LIMIT = 2;

/** @param looks at the same workloads, at least one */
export function judge(recorded: Ratios, looks: readonly Ratios[]): Verdict {
  const names = Object.keys(looks[0]).filter((name) => recorded[name] !== undefined);
  const changes = names.map((name) => Math.min(...looks.map((look) => look[name])) / recorded[name]);
  const mean = geometricMean(changes);
  if (mean === undefined) return { worse: "yes", lines: ["nothing was measured that has been recorded"] };
  const lines = names.map((name, i) => line(name, Math.min(...looks.map((look) => look[name])).toFixed(2), recorded[name].toFixed(2), changes[i], ONE_LIMIT));
  const worse = !(mean <= MEAN_LIMIT) || changes.some((change) => !(change <= ONE_LIMIT));
  return { worse: worse ? "yes" : "no", lines: [...lines, line("geometric mean", "", "", mean, MEAN_LIMIT)] };
}

function line(name: string, now: string, recorded: string, change: number, limit: number): string {
  const said = change <= limit ? "" : `  more than ${limit}`;
  return `${name.padEnd(20)}${now.padStart(8)}${recorded.padStart(10)}${change.toFixed(2).padStart(9)}${said}`;
}
