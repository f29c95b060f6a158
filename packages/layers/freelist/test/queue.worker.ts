// One end of a queue: adds numbered values, or takes values and checks that those of each producer come in order.
import { parentPort, workerData } from "node:worker_threads";
import { openMemory, Root, type MemoryHandle } from "@heapwright/core";
import { IDENTITY, queueView } from "./queue-views.js";

export interface QueueWork {
  readonly handle: MemoryHandle;
  readonly firstPage: number;
  readonly role: "produce" | "consume";
  /** Number of the producer, 1 to 127; a value is `producer << 24 | n`. */
  readonly producer: number;
  /** How many values to add, or to take. */
  readonly count: number;
}

const { handle, firstPage, role, producer, count } = workerData as QueueWork;
const { queue } = queueView(Root.attach(openMemory(handle), IDENTITY), firstPage);
const taken: number[] = [];
const latest = new Map<number, number>();

function take(): void {
  const value = queue.dequeue();
  if (value === 0) return;
  const [from, n] = [value >>> 24, value & 0xffffff];
  if (n <= (latest.get(from) ?? 0)) throw new Error(`${n} of producer ${from} came after ${latest.get(from)}`);
  latest.set(from, n);
  taken.push(value);
}

if (role === "produce") {
  for (let n = 1; n <= count; n++) if (!queue.enqueue((producer << 24) | n)) throw new Error("no memory for a node");
} else {
  while (taken.length < count) take();
  parentPort!.postMessage(taken);
}
