/**
 * A heap composed of layers, in fifteen lines (quick-lists.ts), used by two workers, and then put to the conformance suite
 * that the ready heaps pass, as far as it takes no more than some seconds.
 */
import assert from "node:assert/strict";
import { CONTRACT_CASES, runContract, subjectsOf } from "@heapwright/contract";
import { crew } from "../crew.js";
import { liveBlocks } from "../live-blocks.js";
import type { Job } from "./job.js";
import { quickLists } from "./quick-lists.js";

const PLACES = 256;

const heap = quickLists.create({ maximumBytes: 1 << 28, keep: 16 });
const swap = heap.calloc(PLACES, 4);
const gate = heap.calloc(1, 4);
const jobs = [1, 2].map((seed): Job => ({ heap: heap.handle, swap, places: PLACES, gate, seed }));
const foreign = await crew<number>(new URL("./worker.js", import.meta.url), jobs);
console.log(`${heap.preset} is ${heap.progress}; the workers freed ${foreign.join(" and ")} blocks of each other`);

for (let place = 0; place < PLACES; place++) heap.free(heap.memory.u32[(swap >>> 2) + place]);
heap.free(swap);
heap.free(gate);
heap.check();
assert.equal(liveBlocks(heap), 0);
console.log("everything is freed, and the heap is whole");

const quick = ["sizes", "realloc", "alignment", "growth", "accounting", "leaving", "hostile addresses"];
const cases = CONTRACT_CASES.filter(({ group }) => quick.includes(group));
for (const subject of subjectsOf(quickLists)) {
  const { passed, failures } = runContract(subject, { cases });
  assert.deepEqual(failures, []);
  console.log(`${subject.name}: ${passed} cases of the contract passed`);
}
