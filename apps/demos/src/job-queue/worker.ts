/**
 * A producer, which allocates messages and puts them into the queue, or a consumer, which takes them out and frees them.
 */
import { parentPort, workerData } from "node:worker_threads";
import { hoard } from "@heapwright/hoard";
import { AddressQueue } from "./address-queue.js";
import { STOP, type Job, type Tally } from "./job.js";
import { receiveMessage, writeMessage } from "./message.js";

const job = workerData as Job;
const heap = hoard.attach(job.heap);
const queue = new AddressQueue(heap, job.queue);

const tally = job.role === "consumer" ? consume() : produce(job.role);
heap[Symbol.dispose]();
parentPort?.postMessage(tally);

function produce({ producer, messages }: { producer: number; messages: number }): Tally {
  let bytes = 0;
  for (let number = 0; number < messages; number++) {
    const length = (number * 37 + producer * 101) % 1500;
    queue.put(writeMessage(heap, { producer, number, length }));
    bytes += length;
  }
  return { messages, bytes };
}

function consume(): Tally {
  let messages = 0;
  let bytes = 0;
  for (let address = queue.take(); address !== STOP; address = queue.take()) {
    bytes += receiveMessage(heap, address).length;
    messages += 1;
  }
  return { messages, bytes };
}
