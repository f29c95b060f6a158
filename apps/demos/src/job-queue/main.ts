/**
 * Two producers send messages of many lengths to two consumers. A message is a block: allocated by the one, its address
 * put into a bounded queue in the same heap, freed by the other. No byte of it is copied or goes through postMessage,
 * and the heap stays as small as what is in flight.
 */
import assert from "node:assert/strict";
import { hoard } from "@heapwright/hoard";
import { crew } from "../crew.js";
import { liveBlocks } from "../live-blocks.js";
import { AddressQueue } from "./address-queue.js";
import { STOP, type Job, type Tally } from "./job.js";

const MESSAGES = 20_000;
const worker = new URL("./worker.js", import.meta.url);

const heap = hoard.create({ maximumBytes: 1 << 26 });
const queue = AddressQueue.create(heap, 64);
const jobOf = (role: Job["role"]): Job => ({ heap: heap.handle, queue: queue.address, role });

const producers = crew<Tally>(worker, [0, 1].map((producer) => jobOf({ producer, messages: MESSAGES })));
const consumers = crew<Tally>(worker, [jobOf("consumer"), jobOf("consumer")]);

const sent = (await producers).reduce(add);
// All messages are in the queue or out of it again, so what comes now comes last: one word of parting for each consumer.
queue.put(STOP);
queue.put(STOP);
const tallies = await consumers;

assert.equal(sent.messages, 2 * MESSAGES);
assert.deepEqual(tallies.reduce(add), sent);
console.log(`${sent.messages} messages with ${sent.bytes} bytes sent; the consumers took ${tallies.map(({ messages }) => messages).join(" and ")}`);
const { peakMappedBytes } = heap.stats();
assert.ok(peakMappedBytes < sent.bytes / 4);
console.log(`the heap never had more than ${(peakMappedBytes / 2 ** 20).toFixed(1)} MiB mapped`);

heap.free(queue.address);
heap.check();
assert.equal(liveBlocks(heap), 0);
console.log("every message has been freed, and the heap is whole");

function add(a: Tally, b: Tally): Tally {
  return { messages: a.messages + b.messages, bytes: a.bytes + b.bytes };
}
