/**
 * Entry of the other threads of a process. For each run: joins the heap, says so, follows, says that it has left.
 */
import { parentPort } from "node:worker_threads";
import { jsContenderNamed } from "../contenders/in-javascript.js";
import { follow, orFail, type Company } from "./play.js";

/** What a thread is given for a run. */
export interface Entrance {
  readonly company: Company;
  readonly handle: unknown;
  readonly thread: number;
}

parentPort?.on("message", ({ company, handle, thread }: Entrance) => {
  const { arena, leave } = jsContenderNamed(company.request.contender).join(handle, thread);
  parentPort?.postMessage("joined");
  orFail(company, () => {
    follow(company, arena, thread);
    leave();
  });
  parentPort?.postMessage("left");
});
