import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { growable, HeapCorruptionError, openMemory, type Memory } from "@heapwright/core";
import { PRIVATE_LIST, PrivateList } from "@heapwright/freelist";
import { KINDS, open } from "./memories.js";

const ADDRESS = 128;
const node = (i: number): number => 4096 + i * 64;

const nodesOf = (list: PrivateList): number[] => {
  const found: number[] = [];
  list.nodes((one) => found.push(one));
  return found;
};

function link(memory: Memory, nodes: readonly number[], linkOffset: number): void {
  nodes.forEach((one, i) => (memory.i32[(one + linkOffset) >>> 2] = nodes[i + 1] ?? 0x7ffffffc));
}

describe.each(KINDS)("on %s, a private list", (_kind, source) => {
  test("is empty when its words are zero", () => {
    const list = new PrivateList(open(source()), ADDRESS);
    expect([list.count, list.pop(), nodesOf(list)]).toEqual([0, 0, []]);
  });

  test("takes a part of itself off as a chain", () => {
    const memory = open(source());
    const list = new PrivateList(memory, ADDRESS, { linkOffset: 8 });
    for (let i = 0; i < 5; i++) list.push(node(i));
    expect([list.takeChain(3), list.lastTaken, list.count]).toEqual([node(4), node(2), 2]);
    expect([4, 3, 2].map((i) => memory.i32[(node(i) + 8) >>> 2])).toEqual([node(3), node(2), 0]);
    expect([list.takeChain(2), list.lastTaken, list.count, list.pop()]).toEqual([node(1), node(0), 0, 0]);
  });

  test.each([0, -4])("does what an array does, with links at %i", (linkOffset) => {
    const memory = open(source());
    const step = fc.record({ what: fc.constantFrom("push", "pop", "pushChain", "takeChain"), count: fc.integer({ min: 1, max: 4 }) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        memory.fill(ADDRESS, 128, 0);
        const list = new PrivateList(memory, ADDRESS, { linkOffset });
        const model: number[] = [];
        const idle = Array.from({ length: 300 }, (_, i) => node(i));
        for (const { what, count } of steps) {
          const chain = what === "push" ? idle.splice(0, 1) : what === "pushChain" ? idle.splice(0, count) : [];
          link(memory, chain, linkOffset);
          if (what === "push") list.push(chain[0]);
          if (what === "pushChain") list.pushChain(chain[0], chain.at(-1)!, count);
          if (what === "pop") expect(list.pop()).toBe(model.shift() ?? 0);
          if (what === "takeChain" && model.length >= count) {
            const taken = model.splice(0, count);
            expect([list.takeChain(count), list.lastTaken]).toEqual([taken[0], taken.at(-1)]);
          }
          model.unshift(...chain);
          expect([list.count, nodesOf(list)]).toEqual([model.length, model]);
        }
      }),
      { numRuns: 40 },
    );
  });
});

test("the count of an owner that died in between can be put right", () => {
  const memory = open();
  const list = new PrivateList(memory, ADDRESS);
  for (let i = 0; i < 3; i++) list.push(node(i));
  memory.i32[(ADDRESS >>> 2) + PRIVATE_LIST.count] = 2;
  expect([list.recount(), list.count]).toEqual([3, 3]);
});

test("nodes beyond the owner's views, and above 2 GiB, serve as well", () => {
  const { handle } = growable({ initial: 65536, maximum: 2 ** 32 }).open();
  const [slow, quick] = [openMemory(handle), openMemory(handle)];
  quick.grow(2 ** 32);
  const list = new PrivateList(slow, ADDRESS);
  list.push(0xfffffff0);
  expect([new PrivateList(quick, ADDRESS).takeChain(1), list.count]).toEqual([0xfffffff0, 0]);
});

test("a node where there is no memory is refused, and so is a walk in circles", () => {
  const memory = open();
  const list = new PrivateList(memory, ADDRESS);
  expect(() => list.push(2 ** 23)).toThrow(HeapCorruptionError);
  for (let i = 0; i < 3; i++) list.push(node(i));
  memory.i32[node(0) >>> 2] = node(2);
  expect(() => nodesOf(list)).toThrow(HeapCorruptionError);
});
