import { describe, expect, test } from "vitest";
import { growable, HeapCorruptionError, openMemory } from "@heapwright/core";
import { DrainStack } from "@heapwright/freelist";
import { KINDS, open, openTwice } from "./memories.js";

const HEAD = 128;
const node = (i: number): number => 4096 + i * 64;

const nodesOf = (stack: DrainStack): number[] => {
  const found: number[] = [];
  stack.nodes((one) => found.push(one));
  return found;
};

describe.each(KINDS)("on %s, a drain stack", (_kind, source) => {
  test("is emptied at one stroke, newest node first", () => {
    const [memory, second] = openTwice(source());
    const owner = new DrainStack(memory, HEAD);
    const other = new DrainStack(second, HEAD);
    expect(owner.takeAll()).toBe(0);
    for (let i = 0; i < 3; i++) other.push(node(i));
    expect(nodesOf(owner)).toEqual([2, 1, 0].map(node));
    const chain: number[] = [];
    for (let one = owner.takeAll(); one !== 0; one = memory.i32[one >>> 2]) chain.push(one);
    expect(chain).toEqual([2, 1, 0].map(node));
    expect(other.isEmpty()).toBe(true);
    expect(owner.takeAll()).toBe(0);
  });

  test("takes a chain whole", () => {
    const memory = open(source());
    const stack = new DrainStack(memory, HEAD, { linkOffset: 4 });
    stack.push(node(0));
    for (const i of [1, 2, 3]) memory.i32[(node(i) + 4) >>> 2] = node(i + 1);
    stack.pushChain(node(1), node(4));
    expect(nodesOf(stack)).toEqual([1, 2, 3, 4, 0].map(node));
  });
});

test("refuses a node where there is no memory, and to walk in circles", () => {
  const memory = open();
  const stack = new DrainStack(memory, HEAD);
  expect(() => stack.push(2 ** 23)).toThrow(HeapCorruptionError);
  stack.push(node(0));
  stack.push(node(1));
  memory.i32[node(0) >>> 2] = node(1);
  expect(() => nodesOf(stack)).toThrow(HeapCorruptionError);
});

test("takes nodes that lie beyond a thread's views", () => {
  const { handle } = growable({ initial: 65536, maximum: 2 ** 32 }).open();
  const [slow, quick] = [openMemory(handle), openMemory(handle)];
  quick.grow(2 ** 32);
  new DrainStack(slow, HEAD).push(0xfffffff0);
  expect(new DrainStack(quick, HEAD).takeAll()).toBe(0xfffffff0);
});
