/**
 * Starts a worker thread from a TypeScript entry. Relies on {@link bundleWorker} for the file and leaves the rest
 * (messages, errors, ending it) to node:worker_threads, because how a thread ends is what many tests are about.
 */
import { Worker } from "node:worker_threads";
import { bundleWorker } from "./bundle-worker.js";

/**
 * @param entry a file URL or a path, usually `new URL("./name.worker.ts", import.meta.url)`
 * @param workerData what the thread finds as `workerData` of node:worker_threads; cloned, shared memory stays shared
 */
export async function startWorker(entry: URL | string, workerData?: unknown): Promise<Worker> {
  return new Worker(await bundleWorker(entry), { workerData });
}
