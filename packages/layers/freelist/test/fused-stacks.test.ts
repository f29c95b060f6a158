// A stack in WebAssembly and the same stack in JavaScript: the same calls, whatever state its words are in, have the same results and
// leave the same words behind.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { wasm, type Memory } from "@heapwright/core";
import { BoehmStack, CountedStack, TaggedStack, type Stack } from "@heapwright/freelist";
import { open } from "./memories.js";

const HEAD = 128;
const BYTES = 65536;
const node = (i: number): number => 4096 + i * 64;

const STACKS: readonly (readonly [name: string, make: (memory: Memory, linkOffset: number) => Stack])[] = [
  ["a tagged stack", (memory, linkOffset) => new TaggedStack(memory, HEAD, { linkOffset })],
  ["a counted stack", (memory, linkOffset) => new CountedStack(memory, HEAD, { linkOffset })],
  ["a Boehm stack", (memory, linkOffset) => new BoehmStack(memory, HEAD, 1, { linkOffset })],
  ["a wide Boehm stack", (memory, linkOffset) => new BoehmStack(memory, HEAD, 6, { linkOffset, slots: 4, nodeAlignment: 16 })],
];

/** Addresses and what is no address: of nodes, variants of these, beyond the memory, above 2 GiB, odd. */
const word = fc.oneof(
  fc.integer({ min: 0, max: 3 }).map(node),
  fc.tuple(fc.integer({ min: 0, max: 1 }), fc.integer({ min: 0, max: 3 })).map(([i, variant]) => node(i) + variant),
  fc.constantFrom(0, 1, 3, BYTES - 4, BYTES, 2 ** 31 - 4, -(2 ** 31), -64, -4, -1),
);
/** `push listed`: while others rely on variants of the node. `write`: what others may have done to the head or, for Boehm's stack, to all its slots but the last holder. Never all are taken. */
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ what: fc.constant("push" as const), i: fc.integer({ min: 0, max: 3 }) }) },
  { weight: 4, arbitrary: fc.record({ what: fc.constant("pop" as const) }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant("chain" as const), i: fc.integer({ min: 0, max: 1 }) }) },
  { weight: 4, arbitrary: fc.record({ what: fc.constant("write" as const), at: fc.constantFrom(0, 1, 2, 4), value: word }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant("push listed" as const), i: fc.integer({ min: 0, max: 3 }), variants: fc.tuple(fc.nat(2), fc.nat(2)) }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant("link" as const), i: fc.integer({ min: 0, max: 3 }), value: word }) },
);
type Step = typeof step extends fc.Arbitrary<infer One> ? One : never;

function take(stack: Stack, memory: Memory, linkOffset: number, one: Step): number {
  const link = (i: number): number => (node(i) + linkOffset) >>> 2;
  switch (one.what) {
    case "push":
      stack.push(node(one.i));
      return 0;
    case "pop":
      return stack.pop();
    case "chain":
      memory.i32[link(one.i)] = node(one.i + 1);
      memory.i32[link(one.i + 1)] = node(one.i + 2);
      stack.pushChain(node(one.i), node(one.i + 2));
      return 0;
    case "write":
      memory.i32[(HEAD >>> 2) + one.at] = one.value;
      return 0;
    case "push listed":
      one.variants.forEach((variant, slot) => (memory.i32[(HEAD >>> 2) + 2 + slot * 2] = node(one.i) + variant));
      stack.push(node(one.i));
      return 0;
    case "link":
      memory.i32[link(one.i)] = one.value;
      return 0;
  }
}

describe.each(STACKS)("%s", (name, make) => {
  test.each([0, -4, 8])("does the same in WebAssembly as in JavaScript, with links %i bytes from its nodes", (linkOffset) => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), word, (steps, tag) => {
        const memories = (["auto", "never"] as const).map((helper) => open(wasm({ initial: BYTES, maximum: BYTES }, { helper })));
        const stacks = memories.map((memory) => make(memory, linkOffset));
        if (name === "a tagged stack") for (const { i32 } of memories) i32[(HEAD >>> 2) + 1] = tag;
        for (const one of steps) {
          const [fused, stepwise] = stacks.map((stack, i) => take(stack, memories[i], linkOffset, one));
          expect(fused).toBe(stepwise);
        }
        expect(Buffer.compare(Buffer.from(memories[0].u8), Buffer.from(memories[1].u8))).toBe(0);
      }),
      { numRuns: 300 },
    );
  });
});
