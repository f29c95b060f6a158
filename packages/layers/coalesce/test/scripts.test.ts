import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fixed } from "@heapwright/core";
import type { CoalesceOptions } from "../src/index.js";
import { makeHeap, POLICIES, type TestHeap } from "./heaps.js";

/** One call, by one of two threads; `pick` chooses among the live blocks. */
interface Call {
  readonly verb: "allocate" | "align" | "free" | "resize";
  readonly thread: 0 | 1;
  readonly bytes: number;
  readonly alignmentLog2: number;
  readonly pick: number;
}

const bytes = fc.oneof({ weight: 5, arbitrary: fc.nat(300) }, { weight: 3, arbitrary: fc.nat(9000) }, fc.nat(150_000), fc.constantFrom(0, 12, 13, 65500, 65501));
const call: fc.Arbitrary<Call> = fc.record({
  verb: fc.constantFrom("allocate", "allocate", "align", "free", "free", "resize"),
  thread: fc.constantFrom(0, 1),
  bytes,
  alignmentLog2: fc.nat(13),
  pick: fc.nat(1000),
});

/** Plays a script on two threads that take turns, with every block stamped over its whole length, and checks after each call. */
function play(threads: readonly TestHeap[], script: readonly Call[]): void {
  const live: { address: number; bytes: number; stamp: number }[] = [];
  let stamp = 0;
  for (const { verb, thread, bytes, alignmentLog2, pick } of script) {
    const { heap, memory } = threads[thread];
    const write = (address: number): void => {
      if (address === 0) return;
      stamp = (stamp + 1) & 0xff;
      const usable = heap.usableSize(address);
      memory.reach(address + usable);
      memory.u8.fill(stamp, address, address + usable);
      live.push({ address, bytes: usable, stamp });
    };
    const index = live.length === 0 ? -1 : pick % live.length;
    if (verb === "allocate") write(heap.allocate(bytes));
    else if (verb === "align") write(heap.allocateAligned(2 ** alignmentLog2, bytes));
    else if (index >= 0) {
      const [block] = live.splice(index, 1);
      const kept = Math.min(block.bytes, verb === "free" ? Infinity : bytes);
      memory.reach(block.address + block.bytes);
      if (verb === "free") heap.free(block.address);
      else {
        heap.resize(block.address, bytes);
        expect(memory.u8.subarray(block.address, block.address + Math.min(kept, heap.usableSize(block.address))).every((b) => b === block.stamp)).toBe(true);
        write(block.address);
      }
    }
    threads[thread ^ 1].check();
    for (const block of live) {
      threads[1].memory.reach(block.address + block.bytes);
      const { u8 } = threads[1].memory;
      if (u8[block.address] !== block.stamp || u8[block.address + block.bytes - 1] !== block.stamp) throw new Error(`block ${block.address} was overwritten`);
    }
    expect(threads[0].live()).toEqual(live.map(({ address }) => address).sort((a, b) => a - b));
  }
  for (const { address } of live) threads[0].heap.free(address);
  threads[0].check();
  expect(threads[0].live()).toEqual([]);
}

const VARIANTS: readonly (readonly [string, Partial<CoalesceOptions>])[] = [
  ["front", {}],
  ["back", { serveFrom: "back" }],
  ["without coalescing", { coalesce: "none" }],
  ["blocks of 64 and more", { minimumBlockBytes: 64, keepBytes: 0, spanBytes: 2 ** 17 }],
  ["contiguous", { arena: "contiguous", trimBytes: 2 ** 17, releaseEvery: 3 }],
  ["guarded", { guard: 0x5a5a5a5a, arena: "contiguous", trimBytes: 0, releaseEvery: 0, footprintLimit: 2 ** 19 }],
];

describe.each(POLICIES)("%s", (_name, fit) => {
  it.each(VARIANTS)("two threads that take turns never lose or share a byte: %s", (_variant, options) => {
    fc.assert(
      fc.property(fc.array(call, { maxLength: 60 }), (script) => {
        const test = makeHeap({ fit, ...options }, fixed(2 ** 20));
        play([test, test.join()], script);
      }),
      { numRuns: 40 },
    );
  });

  it("a long script of small blocks", () => {
    const test = makeHeap({ fit, arena: "fixed", spanBytes: 16_000 });
    const small = call.map((one) => ({ ...one, bytes: one.bytes % 700, alignmentLog2: one.alignmentLog2 % 8 }));
    for (const script of fc.sample(fc.array(small, { minLength: 400, maxLength: 400 }), { numRuns: 2, seed: 11 })) play([test, test.join()], script);
  });
});
