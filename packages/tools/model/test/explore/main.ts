/**
 * Entry of `npm run explore`: the scenarios of the tests further than there is time for in every run of them, spread over
 * the processors. Says what it has tried, writes it to EXPLORED.md, and ends with 1 if anything went wrong.
 */
import { fork } from "node:child_process";
import { writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { names, ordersOf, USAGE, UsageError, type Orders } from "./command-line.js";
import { record, summary } from "./record.js";
import { TASKS, type Report } from "./task.js";

const WORKER = fileURLToPath(new URL("./worker.mjs", import.meta.url));
const since = performance.now();
const minutes = (): number => (performance.now() - since) / 60_000;

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  try {
    const orders = ordersOf(args);
    if (orders.action === "explore") return await exploreAll(orders);
    process.stdout.write(`${USAGE}\nscenarios:\n${names()}`);
    return 0;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`${error.message}; there are\n${names()}\n${USAGE}`);
    return 2;
  }
}

/** @returns the exit code */
async function exploreAll(orders: Orders): Promise<number> {
  const reports = (await performAll(orders.tasks)).sort((a, b) => a.task - b.task);
  console.log(`${summary(reports)}, in ${minutes().toFixed(1)} minutes`);
  if (orders.record) writeFileSync("EXPLORED.md", record(reports, minutes()));
  return reports.length < orders.tasks.length || reports.some(({ failure }) => failure !== "") ? 1 : 0;
}

async function performAll(tasks: readonly number[]): Promise<Report[]> {
  const waiting = [...tasks];
  const done: Report[] = [];
  const tell = (report: Report): void => {
    done.push(report);
    const { one, options } = TASKS[report.task];
    const what = `${one.name}${options.search === undefined ? "" : `, ${options.search}`}`;
    console.log(`[${done.length}/${tasks.length}, ${minutes().toFixed(1)} min] ${what}: ${report.executions} executions, ${report.pruned} pruned, ${report.states} states, ${report.seconds.toFixed(1)} s`);
    if (report.failure !== "") console.log(`FAILED ${report.failure}`);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, () => work(waiting, tell)));
  return done;
}

/** A process that takes one task after the other. */
function work(waiting: number[], tell: (report: Report) => void): Promise<void> {
  return new Promise((resolve) => {
    const worker = fork(WORKER);
    const next = (): void => {
      const task = waiting.shift();
      if (task === undefined) worker.disconnect();
      else worker.send(task);
    };
    worker.on("message", (report: Report) => {
      tell(report);
      next();
    });
    worker.on("exit", (code) => {
      if (code !== 0) console.log(`a process of the run ended with ${code}`);
      resolve();
    });
    next();
  });
}
