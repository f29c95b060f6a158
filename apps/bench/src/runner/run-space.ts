/**
 * Has each contender's space measured, one after the other: those in JavaScript by a process of their own; native ones by
 * what a run with a million blocks had taken.
 */
import { MANY } from "../space/measure-space.js";
import type { SpaceReport, SpaceResult } from "../space/space-report.js";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Runner } from "./runner.js";
import { runProcess } from "./run-process.js";
import type { Progress } from "./schedule.js";

const TIMEOUT = 30_000;
const ONE_ROUND = { warmUpMilliseconds: 0, warmUpRounds: 0, measureMilliseconds: 0, patienceMilliseconds: 0, rounds: 1 };
const { blocks, bytes } = MANY;

export async function runSpace(runners: readonly Runner[], progress: Progress): Promise<SpaceResult[]> {
  const results: SpaceResult[] = [];
  const measured = runners.filter(({ contender }) => contender.kind !== "floor");
  for (const [i, runner] of measured.entries()) {
    progress.begins(i, measured.length, `space: ${runner.contender.name}`);
    results.push({ contender: runner.contender.name, ...(await spaceOf(runner)) });
  }
  return results;
}

async function spaceOf({ space, command }: Runner): Promise<SpaceReport> {
  if (space === undefined) {
    const outcome = await runProcess(command({ workload: "threadtest", threads: 1, parameters: { iterations: 1, objects: blocks, bytes }, clock: ONE_ROUND }), TIMEOUT);
    if (outcome.outcome !== "measured") return { manyBlocks: { reason: outcome.reason } };
    return { manyBlocks: { liveBytes: blocks * bytes, takenBytes: outcome.residentBytes ?? NaN } };
  }
  try {
    const { stdout } = await promisify(execFile)(space.program, [...space.args], { timeout: TIMEOUT });
    return JSON.parse(stdout) as SpaceReport;
  } catch (error) {
    return { manyBlocks: { reason: error instanceof Error ? error.message.split("\n")[0] : String(error) } };
  }
}
