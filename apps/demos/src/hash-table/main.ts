/**
 * A hash table of strings that four workers fill at the same time, each with keys of which others have half as well. The
 * heap starts with 1 MiB and grows under their hands. The main thread then proves that every key is there once, with
 * the value of one of the workers that had it, and frees everything.
 */
import assert from "node:assert/strict";
import { heapwright } from "heapwright";
import { crew } from "../crew.js";
import { liveBlocks } from "../live-blocks.js";
import { keyOf, valueOf, type Job } from "./job.js";
import { StringTable } from "./string-table.js";

const SHARE = 5000;
const NAMES = ["ann", "ben", "cat", "dan"];
const KEYS = SHARE * (NAMES.length + 1);

const heap = heapwright.create({ initialBytes: 1 << 20, maximumBytes: 1 << 28 });
const table = StringTable.create(heap, 8192);
const before = heap.stats().bufferBytes;

const gate = heap.calloc(1, 4);
const common = { heap: heap.handle, table: table.address, gate, crew: NAMES.length };
// ann has shares 0 and 1, ben 1 and 2, ...
const jobs = NAMES.map((name, i): Job => ({ ...common, name, from: i * SHARE, to: (i + 2) * SHARE }));
const added = await crew<number>(new URL("./worker.js", import.meta.url), jobs);

NAMES.forEach((name, i) => console.log(`${name} added ${added[i]} of ${SHARE * 2} keys`));
console.log(`the heap grew from ${before >> 20} to ${heap.stats().bufferBytes >> 20} MiB meanwhile`);

const found = new Map<string, string>();
for (const { key, value } of table.entries()) {
  assert.ok(!found.has(key), `${key} is there twice`);
  found.set(key, value);
}
assert.equal(found.size, KEYS);
assert.equal(added.reduce((sum, one) => sum + one), KEYS);
for (let number = 0; number < KEYS; number++) {
  const key = keyOf(number);
  const writers = NAMES.filter((_, i) => number >= jobs[i].from && number < jobs[i].to);
  const values = writers.map((name) => valueOf(number, name));
  assert.ok(values.includes(found.get(key) ?? ""), `${key} has a value that nobody wrote`);
  assert.equal(table.get(key), found.get(key));
}
assert.equal(table.get("no such key"), undefined);
console.log(`every one of ${KEYS} keys is there once`);

heap.free(gate);
table.destroy(); // this thread frees what four others allocated
heap.check();
assert.equal(liveBlocks(heap), 0);
console.log("everything is freed, and the heap is whole");
