// What every stack does, on every kind of memory.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { growable, HeapCorruptionError, openMemory, type Memory } from "@heapwright/core";
import { BoehmStack, CountedStack, TaggedStack, type Stack } from "@heapwright/freelist";
import { KINDS, open } from "./memories.js";

const HEAD = 128;
const FIRST = 4096;
const node = (i: number): number => FIRST + i * 64;

const STACKS: readonly (readonly [name: string, make: (memory: Memory, linkOffset: number) => Stack])[] = [
  ["a tagged stack", (memory, linkOffset) => new TaggedStack(memory, HEAD, { linkOffset })],
  ["a counted stack", (memory, linkOffset) => new CountedStack(memory, HEAD, { linkOffset })],
  ["a Boehm stack", (memory, linkOffset) => new BoehmStack(memory, HEAD, 1, { linkOffset })],
];

const nodesOf = (stack: Stack): number[] => {
  const found: number[] = [];
  stack.nodes((one) => found.push(one));
  return found;
};

/** Links nodes into a chain, as the one who owns them does before pushing it. */
function link(memory: Memory, nodes: readonly number[], linkOffset = 0): void {
  nodes.forEach((one, i) => (memory.i32[(one + linkOffset) >>> 2] = nodes[i + 1] ?? 0x7ffffffc));
}

describe.each(KINDS)("on %s", (_kind, source) => {
  describe.each(STACKS)("%s", (_name, make) => {
    test("is empty when its words are zero", () => {
      const stack = make(open(source()), 0);
      expect(stack.isEmpty()).toBe(true);
      expect(stack.pop()).toBe(0);
      expect(nodesOf(stack)).toEqual([]);
    });

    test("gives back last what was pushed first", () => {
      const stack = make(open(source()), 0);
      for (let i = 0; i < 5; i++) stack.push(node(i));
      expect(stack.isEmpty()).toBe(false);
      expect(nodesOf(stack)).toEqual([4, 3, 2, 1, 0].map(node));
      expect([0, 0, 0, 0, 0, 0].map(() => stack.pop())).toEqual([...[4, 3, 2, 1, 0].map(node), 0]);
    });

    test("takes a chain whole, whatever the link of its last node holds", () => {
      const memory = open(source());
      const stack = make(memory, 0);
      stack.push(node(9));
      link(memory, [node(1), node(2), node(3)]);
      stack.pushChain(node(1), node(3));
      stack.pushChain(node(4), node(4));
      expect(nodesOf(stack).sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 9].map(node));
    });

    test.each([-4, 8])("keeps links %i bytes from the nodes' addresses and writes nothing else", (linkOffset) => {
      const memory = open(source());
      const stack = make(memory, linkOffset);
      memory.fill(FIRST - 64, 64 * 6, 0xaa);
      for (let i = 0; i < 3; i++) stack.push(node(i));
      for (let i = 0; i < 3; i++) memory.i32[(node(i) + linkOffset) >>> 2] = memory.i32[(FIRST - 64) >>> 2];
      expect(memory.u8.subarray(FIRST - 64, FIRST + 64 * 5).every((byte) => byte === 0xaa)).toBe(true);
    });

    test("does what an array does", () => {
      const memory = open(source());
      const step = fc.oneof(fc.constant("push" as const), fc.constant("pop" as const), fc.integer({ min: 1, max: 4 }));
      fc.assert(
        fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
          memory.fill(HEAD, 128, 0);
          const stack = make(memory, 0);
          const model: number[] = [];
          const idle = Array.from({ length: 300 }, (_, i) => node(i));
          for (const one of steps) {
            if (one === "pop") {
              const expected = model.length > 0;
              const popped = stack.pop();
              expect(popped !== 0).toBe(expected);
              if (popped !== 0) {
                expect(model.splice(model.indexOf(popped), 1)).toEqual([popped]);
                idle.push(popped);
              }
            } else {
              const chain = Array.from({ length: one === "push" ? 1 : one }, () => idle.pop()!);
              link(memory, chain);
              if (one === "push") stack.push(chain[0]);
              else stack.pushChain(chain[0], chain.at(-1)!);
              model.push(...chain);
            }
            expect(nodesOf(stack).sort((a, b) => a - b)).toEqual([...model].sort((a, b) => a - b));
          }
        }),
        { numRuns: 40 },
      );
    });
  });
});

describe.each(STACKS)("%s", (_name, make) => {
  test("refuses to be walked in circles", () => {
    const memory = open();
    const stack = make(memory, 0);
    for (let i = 0; i < 10; i++) stack.push(node(i));
    memory.i32[node(0) >>> 2] = node(6);
    expect(() => nodesOf(stack)).toThrow(HeapCorruptionError);
  });

  test.each([["not a multiple of 4", 4097], ["beyond the memory", 2 ** 23]])("refuses to walk to an address %s", (_what, astray) => {
    const memory = open();
    const stack = make(memory, 0);
    stack.push(node(0));
    stack.push(node(1));
    memory.i32[node(0) >>> 2] = astray;
    // one of the variants may take low bits for its own
    if ((astray & 3) === 0) expect(() => nodesOf(stack)).toThrow(HeapCorruptionError);
    else expect(stack.pop()).toBe(node(1));
  });

  test("refuses a node where there is no memory", () => {
    const stack = make(open(), 0);
    expect(() => stack.push(2 ** 23)).toThrow(HeapCorruptionError);
    expect(stack.isEmpty()).toBe(true);
  });

  test("takes and gives nodes that lie beyond a thread's views", () => {
    const { handle } = growable({ initial: 65536, maximum: 2 ** 22 }).open();
    const [slow, quick] = [openMemory(handle), openMemory(handle)];
    quick.grow(2 ** 20);
    make(quick, 0).push(2 ** 19);
    expect(make(slow, 0).pop()).toBe(2 ** 19);
    make(openMemory(handle), 0).push(2 ** 19 + 64);
    const slower = openMemory(handle);
    quick.grow(2 ** 21);
    make(slower, 0).push(2 ** 20 + 64);
    expect(nodesOf(make(quick, 0)).sort((a, b) => a - b)).toEqual([2 ** 19 + 64, 2 ** 20 + 64]);
  });

  test("holds nodes above 2 GiB", () => {
    const memory = open(growable({ initial: 2 ** 32, maximum: 2 ** 32 }));
    const stack = make(memory, 0);
    const high = [0x80000000, 0xfffffff0, 0x90000040, 4096];
    for (const one of high) stack.push(one);
    expect(nodesOf(stack)).toEqual([...high].reverse());
    expect([0, 0, 0, 0, 0].map(() => stack.pop())).toEqual([...high.reverse(), 0]);
  });
});
