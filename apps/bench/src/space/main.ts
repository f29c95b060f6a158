/**
 * Entry of the process that measures the space of one contender: takes its name as the argument, prints a report as JSON.
 */
import { jsContenderNamed } from "../contenders/in-javascript.js";
import { UnservedError } from "../workloads/touch.js";
import { measureHandOvers, measureManyBlocks } from "./measure-space.js";
import type { SpaceReport } from "./space-report.js";

const [, , name = "", module] = process.argv;
process.stdout.write(`${JSON.stringify(await report())}\n`);

async function report(): Promise<SpaceReport> {
  const contender = jsContenderNamed(name);
  const manyBlocks = await orReason(async () => measureManyBlocks(await contender.open(module)));
  if (contender.maximumThreads === 1) return { manyBlocks };
  return { manyBlocks, handOvers: await orReason(() => measureHandOvers(contender)) };
}

async function orReason<T>(measure: () => Promise<T>): Promise<T | { readonly reason: string }> {
  try {
    return await measure();
  } catch (error) {
    if (error instanceof UnservedError || error instanceof WebAssembly.RuntimeError) return { reason: String(error) };
    throw error;
  }
}
