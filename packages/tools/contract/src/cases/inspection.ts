/** What a heap says of itself while it is in use: when it stands still, exactly what its walk says. */
import type { Heap } from "@heapwright/core";
import { census } from "../census.js";
import { casesOf } from "../contract-case.js";
import type { Context } from "../context.js";
import { received } from "../context.js";
import { look } from "../look.js";
import { Snapshot } from "../snapshot.js";
import { demand, demandEqual } from "../violation.js";

interface Sums {
  liveBlocks: number;
  liveBytes: number;
  freeBytes: number;
  cachedBlocks: number;
}

/** What walk reports; blocks that threads keep are live, as in extents. */
function walked(heap: Heap): Sums {
  const sums = { liveBlocks: 0, liveBytes: 0, freeBytes: 0, cachedBlocks: 0 };
  for (const { state, bytes } of census(heap)) {
    if (state === "live" || state === "cached") {
      sums.liveBlocks++;
      sums.liveBytes += bytes;
    }
    if (state === "cached") sums.cachedBlocks++;
    if (state === "free") sums.freeBytes += bytes;
  }
  return sums;
}

/** What inspect reports, with no extent in another's place. */
function inspected(heap: Heap): Sums {
  const { extents, cachedBlocks } = look(heap);
  const sums = { liveBlocks: 0, liveBytes: 0, freeBytes: 0, cachedBlocks };
  let end = heap.memory.base;
  for (const { address, bytes, layer, liveBlocks, liveBytes, freeBytes } of extents) {
    demand(address >= end, () => `an extent of ${layer} at ${address} begins inside the one before it`);
    end = address + bytes;
    sums.liveBlocks += liveBlocks;
    sums.liveBytes += liveBytes;
    sums.freeBytes += freeBytes;
  }
  demand(end <= heap.memory.end, () => `extents end at ${end}, behind the buffer's end`);
  return sums;
}

function proveAgreement(heap: Heap, when: string): void {
  demandEqual(JSON.stringify(inspected(heap)), JSON.stringify(walked(heap)), `sums of inspect ${when}, compared with those of walk`);
}

/** Calls of all kinds, with `every` after each few. */
function churn(heap: Heap, context: Context, every: (step: number) => void): void {
  const held: number[] = [];
  for (let i = 0; i < 600; i++) {
    const dice = Math.imul(i + 1, 0x9e3779b1) >>> 8;
    const size = (dice % 5 === 0 ? dice % 90_000 : dice % 700) % context.abilities.largestBlock;
    const at = dice % Math.max(1, held.length);
    if (dice % 3 === 0 && held.length > 0) heap.free(held.splice(at, 1)[0]);
    else if (dice % 7 === 0 && held.length > 0) held[at] = heap.realloc(held[at], size) || held[at];
    else held.push(dice % 11 === 0 ? heap.alignedAlloc(256, size) : heap.malloc(size));
    if (i % 40 === 0) every(i);
  }
  for (const address of held) heap.free(address);
}

/** Fills the heap until nothing of the size is left. */
function exhaust(heap: Heap, size: number): number[] {
  const held: number[] = [];
  for (let address = heap.malloc(size); address !== 0; address = heap.malloc(size)) held.push(address);
  return held;
}

const silent = { extent: () => undefined, cached: () => undefined };

export const INSPECTION_CASES = casesOf("inspection", {
  "extents add up to what walk reports, after calls of every kind": (context) => {
    const heap = context.heap();
    proveAgreement(heap, "of a fresh heap");
    churn(heap, context, (step) => proveAgreement(heap, `after ${step} calls`));
    proveAgreement(heap, "after all was freed");
  },
  "all attachments see the same, and looking changes nothing": (context) => {
    const heap = context.heap();
    const other = context.subject.preset.attach(received(heap.handle));
    for (const size of [1, 100, 5000, 40_000]) heap.malloc(size);
    const before = new Snapshot(heap);
    demandEqual(JSON.stringify(inspected(other)), JSON.stringify(inspected(heap)), "sums that another attachment sees");
    before.proveSame("inspect");
    other[Symbol.dispose]();
  },
  "the largest request that is said to be served is served": (context) => {
    const heap = context.heap({ maximum: 2 ** 21 });
    const step = (): void => {
      const largest = heap.inspect(silent);
      if (largest === 0) return;
      const address = heap.malloc(largest);
      demand(address !== 0, `a request of ${largest} bytes is said to be served, and gives 0`);
      heap.free(address);
    };
    churn(heap, context, step);
    for (const size of [30_000, 3000, 300]) {
      const held = exhaust(heap, Math.min(size, context.abilities.largestBlock));
      step();
      held.forEach((address, i) => i % 3 === 0 && heap.free(address));
      step();
      held.forEach((address, i) => i % 3 !== 0 && heap.free(address));
    }
  },
  "an empty heap has room, and a thread that has left sees none": (context) => {
    const heap = context.heap();
    demand(heap.inspect(silent) > 0, "nothing is said to be served by a fresh heap");
    context.spoil(heap);
    heap[Symbol.dispose]();
    let thrown = false;
    try {
      heap.inspect(silent);
    } catch {
      thrown = true;
    }
    demand(thrown, "a thread that has left may still look");
  },
});
