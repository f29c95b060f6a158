/**
 * Entry of `npm run soak`: from the command line to the exit code.
 */
import { Worker } from "node:worker_threads";
import type { StressJob } from "@heapwright/contract";
import { killsOf, numbered, tell } from "./account.js";
import { recordIn, versionsNow } from "./record.js";
import { ordersOf, USAGE, UsageError, type Orders } from "./command-line.js";
import { soak } from "./soak.js";

/** In the folder of this app, where `npm run soak` is at home. */
const RECORD = "SURVIVED.md";
const WORKER = new URL("./worker.js", import.meta.url);

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  try {
    const orders = ordersOf(args);
    if (orders.action === "soak") return await soakAll(orders);
    process.stdout.write(USAGE);
    return 0;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`${error.message}\n\n${USAGE}`);
    return 2;
  }
}

async function soakAll(orders: Orders): Promise<number> {
  const start = (job: StressJob): Worker => new Worker(WORKER, { workerData: job });
  let failures = 0;
  const [first, ...others] = orders.subjects;
  const whose = others.length === 0 ? first.name : `each of ${numbered(orders.subjects.length, "preset")}`;
  process.stdout.write(`${numbered(orders.kills, "kill")} of ${whose}, seed ${orders.seed}, Node ${process.version}\n\n`);
  for (const subject of orders.subjects) {
    const account = await soak(subject, start, orders, (sofar) => {
      if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${subject.name}: ${numbered(killsOf(sofar), "kill")}`);
    });
    if (process.stderr.isTTY) process.stderr.write("\r\u001b[K");
    process.stdout.write(`${tell(subject, account)}\n`);
    if (orders.record) recordIn(RECORD, subject, account, orders.seed, versionsNow());
    if (account.failure !== undefined) failures++;
  }
  return failures === 0 ? 0 : 1;
}
