/**
 * Entry of the other threads of a run: joins the heap, says so, follows.
 */
import { parentPort, workerData } from "node:worker_threads";
import { jsContenderNamed } from "../contenders/in-javascript.js";
import { follow, orFail, type Company } from "./play.js";

/** What a worker is given. */
export interface Entrance {
  readonly company: Company;
  readonly handle: unknown;
  readonly thread: number;
}

const { company, handle, thread } = workerData as Entrance;
const { arena, leave } = jsContenderNamed(company.request.contender).join(handle, thread);
parentPort?.postMessage("joined");
orFail(company, () => {
  follow(company, arena, thread);
  leave();
});
