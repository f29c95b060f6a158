/**
 * Starts workers and waits for their answers. A worker answers once, by `parentPort.postMessage`, after it has left the
 * heap; so when all answers are there, nobody but the main thread uses it.
 */
import { once } from "node:events";
import { Worker } from "node:worker_threads";

/** Runs one worker for each job, all at the same time. @throws what the first worker that failed has thrown */
export function crew<Answer>(entry: URL, jobs: readonly unknown[]): Promise<Answer[]> {
  return Promise.all(jobs.map((workerData) => answerOf<Answer>(new Worker(entry, { workerData }))));
}

/** The next thing that `worker` says. Call it before that can have been said. */
export async function answerOf<Answer>(worker: Worker): Promise<Answer> {
  const [answer] = (await once(worker, "message")) as [Answer]; // "error" rejects
  return answer;
}
