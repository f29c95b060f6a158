/**
 * The other threads of a process. They stay for the next run, because starting one takes longer than a short run.
 */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { Entrance } from "./worker.js";

export class Crew {
  readonly #url: URL;
  readonly #workers: Worker[] = [];

  /** @param url of the bundled worker.ts */
  constructor(url: URL) {
    this.#url = url;
  }

  /** Each entrance is for another thread. @returns when all have joined: what is settled when all have left */
  async join(entrances: readonly Entrance[]): Promise<{ readonly left: Promise<unknown> }> {
    while (this.#workers.length < entrances.length) this.#workers.push(new Worker(this.#url));
    const members = entrances.map((entrance, i) => ({ entrance, worker: this.#workers[i] }));
    const joined = members.map(({ worker }) => once(worker, "message"));
    for (const { entrance, worker } of members) worker.postMessage(entrance);
    await Promise.all(joined);
    return { left: Promise.all(members.map(({ worker }) => once(worker, "message"))) };
  }

  async dismiss(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }
}
