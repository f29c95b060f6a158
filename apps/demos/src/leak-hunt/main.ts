/**
 * Finds a leak in workers: which blocks are still out when all should be back, and the lines that allocated them, in
 * whatever thread. Then two other mistakes, which a checked heap notices at the call that makes them, or soon after.
 */
import assert from "node:assert/strict";
import { DamageError, leaks, leakScope, LeakError, MisuseError, type LeakGroup } from "@heapwright/checked";
import type { Heap } from "@heapwright/core";
import { crew } from "../crew.js";
import type { Job } from "./job.js";
import { answer, checkedHeapwright, type Habit } from "./server.js";

const REQUESTS = 1000;

const heap = checkedHeapwright.create({ maximumBytes: 1 << 26 });

const forgotten = await serve("forgetful");
for (const { blocks, bytes, thread, site } of forgotten) {
  console.log(`thread ${thread} has forgotten ${blocks.length} blocks of ${bytes} bytes, allocated by\n${innermost(site, 2)}`);
  assert.equal(blocks.length, REQUESTS / 100);
  assert.match(site, /^parse .*\n.*answer /);
}
assert.equal(forgotten.length, 2); // one place, in each of two threads
for (const { blocks } of forgotten) for (const { address } of blocks) heap.free(address);

assert.deepEqual(await serve("careful"), []);
console.log("the careful workers have forgotten nothing");

// In a test, a scope does the same for a part of a program.
const error = caught(() => leakScope(heap, () => answer(heap, 0, "forgetful")), LeakError);
console.log(`a scope complains of what was left behind in it: ${error.leaks.length} group`);
heap.free(error.leaks[0].blocks[0].address);

const twice = caught(() => freeTwice(heap), MisuseError);
console.log(`${twice.kind}, of a block that was freed before by\n${innermost(twice.block?.freeSite ?? "", 1)}`);
assert.match(twice.block?.freeSite ?? "", /^firstOwner /);

const behind = caught(() => writeBehind(heap), DamageError);
console.log(`${behind.kind}, of a block that was allocated by\n${innermost(behind.block?.site ?? "", 1)}`);
assert.equal(behind.kind, "overflow");

/** What two workers leave behind that answer requests in such a way. */
async function serve(habit: Habit): Promise<LeakGroup[]> {
  const job: Job = { heap: heap.handle, requests: REQUESTS, habit };
  const answered = await crew<number>(new URL("./worker.js", import.meta.url), [job, job]);
  assert.deepEqual(answered, [REQUESTS * 0.99, REQUESTS * 0.99]);
  return leaks(heap);
}

/** Two owners, each of which thinks that the block is its own. */
function freeTwice(heap: Heap): void {
  const block = heap.malloc(100);
  const firstOwner = (): void => heap.free(block);
  const secondOwner = (): void => heap.free(block);
  firstOwner();
  secondOwner();
}

/** A string's terminating 0 for which no room was made. */
function writeBehind(heap: Heap): void {
  const block = heap.malloc(100);
  heap.memory.u8[block + 100] = 0;
  heap.free(block);
}

function innermost(site: string, frames: number): string {
  return site.split("\n", frames).map((frame) => `    ${frame}`).join("\n");
}

function caught<E extends Error>(run: () => unknown, kind: abstract new (...args: never[]) => E): E {
  try {
    run();
  } catch (error) {
    if (error instanceof kind) return error;
    throw error;
  }
  throw new Error(`nothing was noticed where a ${kind.name} was due`);
}
