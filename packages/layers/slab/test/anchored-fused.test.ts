// The short ways in WebAssembly and in JavaScript: the same calls have the same results, the same errors, and leave all bytes of the
// memory alike. Few blocks to a superblock and few credits, so that scripts meet every state and the ways out of the short ones.
import { wasm } from "@heapwright/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { ANCHORED_CLASSES } from "../src/index.js";
import { attachSlabs, formatSlabs, MIB, superblockOf, TINY, type AnchoredThread, type FixtureOptions } from "./anchored-fixture.js";
import { shareAHeap } from "./share-a-heap.js";

const HELPERS = ["auto", "never"] as const;

function make(options: FixtureOptions): AnchoredThread[] {
  return HELPERS.map((helper) => formatSlabs({ ...options, source: wasm({ initial: MIB, maximum: 4 * MIB }, { helper }) }));
}

function alike([fused, stepwise]: readonly AnchoredThread[]): boolean {
  return fused.memory.end === stepwise.memory.end && Buffer.compare(Buffer.from(fused.memory.buffer), Buffer.from(stepwise.memory.buffer)) === 0;
}

/** What a call returns, or the name and message of what it throws. */
function outcome(call: () => unknown): unknown {
  try {
    return call();
  } catch (error) {
    return String(error);
  }
}

const CLASSES = { "three and two blocks to a superblock": TINY, "all classes": ANCHORED_CLASSES } as const;

const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ what: fc.constant("allocate" as const), bytes: fc.oneof(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 8200 })) }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant("align" as const), bytes: fc.integer({ min: 0, max: 600 }), shift: fc.integer({ min: 5, max: 9 }) }) },
  { weight: 5, arbitrary: fc.record({ what: fc.constant("free" as const), which: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant("misuse" as const), which: fc.nat(), by: fc.constantFrom(-16, -8, 1, 4, 16, 32, 16384, 2 ** 20, 2 ** 31) }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant("many" as const), bytes: fc.integer({ min: 0, max: 300 }), count: fc.integer({ min: 1, max: 200 }) }) },
);

test.each(Object.entries(CLASSES))("scripts of calls leave the same heap: %s", (_name, classes) => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 10, maxLength: 120 }), (steps) => {
      const threads = make({ classes });
      const live: number[] = [];
      for (const one of steps) {
        const results = threads.map(({ slabs }) => outcome(() => {
          switch (one.what) {
            case "allocate":
              return [slabs.allocate(one.bytes)];
            case "align":
              return [slabs.allocateAligned(2 ** one.shift, one.bytes)];
            case "free":
              return live.length === 0 ? [] : slabs.free(live[one.which % live.length]);
            case "misuse":
              return live.length === 0 ? [] : slabs.free((live[one.which % live.length] + one.by) >>> 0);
            case "many":
              return Array.from({ length: one.count }, () => slabs.allocate(one.bytes));
          }
        }));
        expect(results[0]).toEqual(results[1]);
        if (Array.isArray(results[0])) live.push(...(results[0] as number[]).filter((address) => address !== 0));
        if (one.what === "free" && results[0] === undefined) live.splice(one.which % live.length, 1);
      }
      expect(alike(threads)).toBe(true);
      for (const { heap } of threads) heap.check();
    }),
    { numRuns: 60 },
  );
});

test("superblocks that are used up and emptied, a thousand blocks at a time, leave the same heap", () => {
  const threads = make({ hyperblockBytes: MIB });
  const [fused, stepwise] = threads.map(({ slabs }) => {
    const taken = Array.from({ length: 3000 }, (_, i) => slabs.allocate(i % 48));
    for (let i = 0; i < 3000; i++) slabs.free(taken[(i * 7) % 3000]);
    return taken;
  });
  expect(fused).toEqual(stepwise);
  expect(alike(threads)).toBe(true);
});

test("a link that was written over is found by the same call, with the same words", () => {
  const found = make({}).map((thread) => {
    const [block, next] = [thread.slabs.allocate(100), thread.slabs.allocate(100)];
    thread.slabs.free(next);
    thread.memory.i32[(next - 8) >>> 2] = 5000; // by a program that had freed the block
    return [block, outcome(() => thread.slabs.allocate(100)), superblockOf(thread, block)];
  });
  expect(found[0]).toEqual(found[1]);
  expect(String(found[0][1])).toMatch(/chain of free blocks .* is broken/);
});

test("prefixes that a program has forged are refused by both, where no block starts", () => {
  const found = make({ classes: TINY }).map(({ slabs, memory }) => {
    const block = slabs.allocate(5000);
    const superblock = Math.floor(block / 16384) * 16384;
    const [owner, index] = [memory.i32[(block - 8) >>> 2], memory.i32[(block - 4) >>> 2]];
    // inside the block, with its own index and others; where a fourth block would start; in a superblock that is not in use
    const forged = [[block + 16, index], [block + 5440 - 16, index + 1], [superblock + 16 + 3 * 5440, 3], [superblock + 16384 + 16, 0]];
    return forged.map(([address, place]) => {
      memory.i32[(address - 8) >>> 2] = owner;
      memory.i32[(address - 4) >>> 2] = place;
      return outcome(() => slabs.free(address));
    });
  });
  expect(found[0]).toEqual(found[1]);
  for (const refusal of found[0]) expect(refusal).toMatch(/^InvalidAddressError/);
});

test("an address behind the heap, in a memory that goes on, is refused by both", () => {
  const found = HELPERS.map((helper) => {
    const { slabs } = formatSlabs({ source: wasm(new WebAssembly.Memory({ initial: 64, maximum: 64, shared: true }), { maximum: 2 * MIB, helper }) });
    slabs.allocate(1);
    return [2 * MIB + 16, 3 * MIB, 4 * MIB - 16, 4 * MIB].map((address) => outcome(() => slabs.free(address)));
  });
  expect(found[0]).toEqual(found[1]);
});

test("a thread with the helper and one without it share a heap", () => {
  const [first] = make({});
  const second = attachSlabs({ ...first.handle, helper: "never" } as typeof first.handle);
  shareAHeap(first.slabs, second.slabs);
  second.heap.check();
});

test("blocks are within the views of a thread that has not looked since another one grew the memory", () => {
  const first = formatSlabs({ source: wasm({ initial: 2 ** 17, maximum: 64 * MIB }) });
  const second = attachSlabs(first.handle);
  // until the superblock that both take from lies beyond what the second one has seen
  let block = first.slabs.allocate(100);
  while (block < second.memory.end) block = first.slabs.allocate(100);
  const next = second.slabs.allocate(100);
  expect(next).toBeGreaterThan(block);
  second.memory.i32[next >>> 2] = 7;
  expect(first.memory.i32[next >>> 2]).toBe(7);
});
