/** EXPLORED.md: what a long run has seen. */
import { availableParallelism, cpus } from "node:os";
import { TASKS, type Report, type Task } from "./task.js";

const isByChance = ({ task }: Report): boolean => TASKS[task].options.search !== undefined;

function sum(reports: readonly Report[], key: "executions" | "pruned" | "states" | "seconds"): number {
  return reports.reduce((total, one) => total + one[key], 0);
}

const outcome = ({ failure }: Report): string => (failure === "" ? "right" : "**wrong**");

const shownBound = (preemptions = Infinity): string => (preemptions === Infinity ? "all" : String(preemptions));

function exhaustedRow(report: Report): string {
  const { one, options } = TASKS[report.task];
  const more = options.progress === "alone" ? "alone" : "";
  const bounds = [shownBound(options.preemptions), options.deaths ?? 0, options.spuriousFailures ?? 0, more];
  return `| ${one.scenario.name} | ${bounds.join(" | ")} | ${report.executions} | ${report.pruned} | ${report.states} | ${outcome(report)} |\n`;
}

function chanceRow(report: Report): string {
  const { one, options } = TASKS[report.task];
  const bounds = [options.search, options.deaths ?? 0, options.spuriousFailures ?? 0];
  return `| ${one.scenario.name} | ${bounds.join(" | ")} | ${report.executions} | ${outcome(report)} |\n`;
}

/** The smallest bound on preemptions in so many explorations; "all" when none had any, and nothing when there were none. */
function leastBound(tasks: readonly Task[]): string {
  if (tasks.length === 0) return "";
  return shownBound(Math.min(...tasks.map(({ options }) => options.preemptions ?? Infinity)));
}

function protocolRow(protocol: string, tasks: readonly Task[]): string {
  const killed = tasks.filter(({ options }) => options.deaths !== undefined);
  const failing = tasks.filter(({ options }) => options.spuriousFailures !== undefined);
  const alone = tasks.filter(({ options }) => options.progress === "alone");
  const plain = tasks.filter((task) => ![killed, failing, alone].some((some) => some.includes(task)));
  const [two, more] = [plain.filter(({ one }) => one.threads === 2), plain.filter(({ one }) => one.threads > 2)];
  return `| ${protocol} | ${[two, more, killed, failing, alone].map(leastBound).join(" | ")} |\n`;
}

/** A row for each protocol of which something came out right; what went wrong is not in it. */
function protocolRows(reports: readonly Report[]): string {
  const right = reports.filter(({ failure }) => failure === "").map(({ task }) => TASKS[task]);
  const names = new Set(right.map(({ protocol }) => protocol));
  return [...names].map((name) => protocolRow(name, right.filter(({ protocol }) => protocol === name))).join("");
}

/** One line on what has been tried. */
export function summary(reports: readonly Report[]): string {
  const exhausted = reports.filter((one) => !isByChance(one));
  const byChance = reports.filter(isByChance);
  const wrong = reports.filter(({ failure }) => failure !== "").length;
  return (
    `${sum(exhausted, "executions").toLocaleString("en")} complete executions of ${exhausted.length} scenarios, exhaustively, and ` +
    `${sum(byChance, "executions").toLocaleString("en")} schedules by chance of ${new Set(byChance.map(({ task }) => TASKS[task].one)).size}: ` +
    `${wrong === 0 ? "all right" : `${wrong} went wrong`}`
  );
}

/** @param minutes that it took */
export function record(reports: readonly Report[], minutes: number): string {
  const exhausted = reports.filter((one) => !isByChance(one));
  const machine = `${availableParallelism()} x ${cpus()[0].model.trim()}, Node ${process.version}`;
  return `# What the long run explored

${summary(reports)}.

Written by \`npm run explore\` on ${new Date().toISOString().slice(0, 10)}, in ${minutes.toFixed(0)} minutes and ${(sum(reports, "seconds") / 60).toFixed(0)} of processor time (${machine}).

## How far

By protocol: the smallest bound on preemptions within which scenarios of two threads, and of three, were explored to the end; the
same for those in which a thread is killed, in which compare-and-swaps fail without a reason, and in which each thread has to come to its end
while the others stand still. "all" is every schedule there is.

| protocol | two threads | three | one killed | failing | alone |
| --- | ---: | ---: | ---: | ---: | ---: |
${protocolRows(exhausted)}
## Exhaustively

To the end of the bounds: preemptions (switches away from a thread that could go on), threads killed, and compare-and-swaps that
fail without a reason, in one execution. "alone": each thread comes to its end from every state while the others stand still.

| scenario | preemptions | killed | failing | progress | executions | pruned | states | outcome |
| --- | ---: | ---: | ---: | --- | ---: | ---: | ---: | --- |
${exhausted.map(exhaustedRow).join("")}| **${exhausted.length} scenarios** | | | | | **${sum(exhausted, "executions")}** | **${sum(exhausted, "pruned")}** | **${sum(exhausted, "states")}** | |

## By chance

Larger scripts, by throws of the dice ("random") and by priorities that fall three times in an execution (PCT).

| scenario | search | killed | failing | schedules | outcome |
| --- | --- | ---: | ---: | ---: | --- |
${reports.filter(isByChance).map(chanceRow).join("")}| **all** | | | | **${sum(reports.filter(isByChance), "executions")}** | |
`;
}
