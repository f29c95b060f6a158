// Claims runs of a row and releases them in pieces, again and again, with a word for each unit that says whose it is.
import { workerData } from "node:worker_threads";
import { openMemory, type MemoryHandle } from "@heapwright/core";
import { claimRun, Runs, RUNS_PROGRAM } from "@heapwright/pages";

export interface RunsWork {
  readonly handle: MemoryHandle;
  /** Address of a word for each unit, which says whose it is, 0 for nobody's; outside the row. The word before counts threads. */
  readonly owners: number;
  readonly units: number;
  readonly thread: number;
  /** How many there are, numbered from 1. */
  readonly threads: number;
  readonly rounds: number;
}

const { handle, owners, units, thread, threads, rounds } = workerData as RunsWork;
const memory = openMemory(handle);
const runs = new Runs(memory, 0, units, RUNS_PROGRAM);

let state = thread;
function random(below: number): number {
  state = (Math.imul(state, 1664525) + 1013904223) | 0;
  return (state >>> 8) % below;
}

function pass(first: number, count: number, from: number, to: number): void {
  for (let unit = first; unit < first + count; unit++) {
    const found = memory.exchange((owners >>> 2) + unit, to);
    if (found !== from) throw new Error(`unit ${unit} is ${found}'s, not ${from}'s`);
  }
}

function release(first: number, count: number): void {
  pass(first, count, thread, 0);
  if (!runs.release(first, count)) throw new Error(`of ${count} units from ${first} on, some are not taken`);
}

/** A run at a place of one's own choice, or the lowest; -1 if there is none. */
function claim(count: number): number {
  const place = random(units);
  if (random(3) > 0) return claimRun(runs, count, 2 ** random(3));
  return runs.claimAt(place, count) ? place : -1;
}

// together, or the first would be done before the last begins
const ready = (owners >>> 2) - 1;
memory.add(ready, 1);
while (memory.load(ready) < threads);

const held: { readonly first: number; readonly count: number }[] = [];
for (let round = 0; round < rounds || held.length > 0; round++) {
  const count = 1 + random(random(16) === 0 ? 60 : 2);
  const first = round < rounds ? claim(count) : -1;
  if (first >= 0) {
    pass(first, count, 0, thread);
    held.push({ first, count });
  }
  const oldest = first < 0 || held.length > 3 ? held.shift() : undefined;
  if (oldest !== undefined) {
    const piece = random(oldest.count);
    if (piece > 0) release(oldest.first, piece);
    release(oldest.first + piece, oldest.count - piece);
  }
}
