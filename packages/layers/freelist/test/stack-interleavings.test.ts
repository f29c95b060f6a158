// Two threads on one stack, by every two preemptions: the ABA problem above all.
import { describe, expect, test } from "vitest";
import { BufferBacking, fixed, openMemory, ScriptMemory, type Memory } from "@heapwright/core";
import { BOEHM_STACK, BoehmStack, CountedStack, TAGGED_STACK, TaggedStack, type Stack } from "@heapwright/freelist";
import { interleaveAll, intrude, killedAt, scripts, type Operation, type Setting } from "./interleavings.js";
import { openTwice } from "./memories.js";

const HEAD = 128;
const W = HEAD >>> 2;
const node = (i: number): number => 4096 + i * 64;

interface Hands {
  memory: Memory;
  stack: Stack;
  held: number[];
}

interface ModelHands {
  stack: number[];
  held: number[];
}

type Step = Operation<Hands, ModelHands>;

const pop: Step = {
  name: "pop",
  real({ stack, held }) {
    const found = stack.pop();
    if (found !== 0) held.push(found);
    return found;
  },
  model({ stack, held }) {
    const found = stack.pop() ?? 0;
    if (found !== 0) held.push(found);
    return found;
  },
};

/** Pushes the node that the thread has held for longest, or shortest. */
const pushOf = (name: string, choose: (held: number[]) => number | undefined): Step => {
  const push = (hands: { stack: { push(node: number): void }; held: number[] }): number => {
    const chosen = choose(hands.held) ?? 0;
    if (chosen !== 0) hands.stack.push(chosen);
    return chosen;
  };
  return { name, real: push, model: push };
};
const pushOldest = pushOf("push oldest", (held) => held.shift());
const pushNewest = pushOf("push newest", (held) => held.pop());

const chainOf = (held: number[]): number[] => held.splice(0, 2);
const pushChain: Step = {
  name: "push chain",
  real({ memory, stack, held }) {
    const [upper, lower] = chainOf(held);
    memory.i32[upper >>> 2] = lower;
    stack.pushChain(upper, lower);
    return 0;
  },
  model({ stack, held }) {
    const [upper, lower] = chainOf(held);
    stack.push(lower, upper);
    return 0;
  },
};

type StackMaker = (memory: Memory, threadId: number) => Stack;

/** Three nodes on the stack; the first thread holds two more. */
function setting(make: StackMaker, [memory, other]: readonly [Memory, Memory]): Setting<Hands, ModelHands> {
  intrude(memory, new Map());
  memory.fill(HEAD, 256, 0);
  const first = { memory, stack: make(memory, 1), held: [node(3), node(4)] };
  const second = { memory: other, stack: make(other, 2), held: [] };
  for (let i = 0; i < 3; i++) second.stack.push(node(i));
  return {
    memory,
    first,
    second,
    model() {
      const stack = [0, 1, 2].map(node);
      return { first: { stack, held: [node(3), node(4)] }, second: { stack, held: [] } };
    },
    rest({ stack }) {
      const found: number[] = [];
      stack.nodes((one) => found.push(one));
      return found;
    },
    restOfModel: ({ stack }) => [...stack].reverse(),
  };
}

const tagged = (memory: Memory): Stack => new TaggedStack(memory, HEAD);
const counted = (memory: Memory): Stack => new CountedStack(memory, HEAD);
const boehm = (memory: Memory, threadId: number): Stack => new BoehmStack(memory, HEAD, threadId);
const SCRIPTS = scripts([pop, pushOldest, pushNewest], 4);

const memories = openTwice();

describe.each([["a tagged stack", tagged], ["a counted stack", counted], ["a Boehm stack", boehm]] as const)("%s", (_name, make) => {
  const three = (): Setting<Hands, ModelHands> => setting(make, memories);

  test.each([pop, pushOldest])("$name takes effect at one moment, whatever comes between", (operation) => {
    const { runs, wrong } = interleaveAll(three, operation, SCRIPTS);
    expect(wrong).toEqual([]);
    expect(runs).toBeGreaterThan(1000);
  });

  test("a thread killed before any access holds up nobody and loses at most what it had in hand", () => {
    for (const operation of [pop, pushOldest, pushChain]) {
      for (let at = 0, killed = true; killed; at++) {
        const { memory, first, second } = three();
        killed = killedAt(memory, at, () => operation.real(first));
        const nodes: number[] = [];
        second.stack.nodes((one) => nodes.push(one));
        const popped = nodes.map(() => second.stack.pop());
        expect(popped).toEqual(nodes);
        expect(second.stack.pop()).toBe(0);
        expect(new Set(popped).size).toBe(popped.length);
        const inHand = operation === pop ? 1 : 0;
        expect(popped.length).toBeGreaterThanOrEqual(3 - inHand);
        second.stack.reclaim(1);
        for (const one of popped) second.stack.push(one);
        expect(second.stack.pop()).toBe(popped.at(-1));
      }
    }
  });
});

test.each([["tagged", tagged], ["counted", counted]] as const)("on a %s stack a chain is pushed at one moment", (_name, make) => {
  expect(interleaveAll(() => setting(make, memories), pushChain, SCRIPTS).wrong).toEqual([]);
});

/** Changes a pair whatever its second word is. */
class TaglessMemory extends ScriptMemory {
  override cas2(w: number, low: number, _high: number, newLow: number, newHigh: number): boolean {
    return super.cas2(w, low, this.i32[w + 1], newLow, newHigh);
  }
}

/** Does not note what a pop relies on. */
class ForgetfulMemory extends ScriptMemory {
  override store(w: number, value: number): void {
    if (w !== W + BOEHM_STACK.list + 1 && w !== W + BOEHM_STACK.list + 3) super.store(w, value);
  }
}

test.each([
  ["tagged stack goes wrong without the tag", tagged, TaglessMemory],
  ["Boehm stack goes wrong without the list", boehm, ForgetfulMemory],
] as const)("a %s, and these tests notice", (_name, make, Twin) => {
  const backing = new BufferBacking(new SharedArrayBuffer(65536), 0, 65536);
  const twins = [new Twin(backing), new Twin(backing)] as const;
  expect(interleaveAll(() => setting(make, twins), pop, SCRIPTS).wrong).not.toEqual([]);
});

describe("a tagged stack", () => {
  test("refuses a top that has left and come back onto another node", () => {
    const { memory, first, second } = setting(tagged, memories);
    // pop reads tag, top, link, and then changes the head
    intrude(memory, new Map([[3, () => [pop, pop, pushOldest].forEach(({ real }) => real(second))]]));
    expect(pop.real(first)).toBe(node(2));
    expect(second.held).toEqual([node(1)]);
    expect([second.stack.pop(), second.stack.pop()]).toEqual([node(0), 0]);
  });

  test("goes on when the tag wraps around", () => {
    const [memory] = openTwice();
    const stack = new TaggedStack(memory, HEAD);
    memory.i32[W + TAGGED_STACK.head + 1] = 0xfffffffe;
    for (let i = 0; i < 5; i++) stack.push(node(i));
    expect([0, 0, 0, 0, 0, 0].map(() => stack.pop())).toEqual([...[4, 3, 2, 1, 0].map(node), 0]);
    expect(memory.u32[W + TAGGED_STACK.head + 1]).toBe(3);
    stack.push(node(1));
    expect(stack.pop()).toBe(node(1));
  });
});

describe("a Boehm stack", () => {
  test("does not insert a head word again while a pop relies on it", () => {
    const { memory, first, second } = setting(boehm, memories);
    const head = (): number => memory.i32[W + BOEHM_STACK.head];
    const relied = head();
    let returned = 0;
    // pop: load, slot, load, listed, load, link, and then the CAS
    intrude(memory, new Map([[6, () => {
      [pop, pop, pushOldest].forEach(({ real }) => real(second));
      returned = head();
    }]]));
    expect(pop.real(first)).toBe(node(2));
    expect(relied).toBe(node(2));
    expect(returned, "the same node under another variant").toBe(node(2) + 1);
    expect(second.stack.pop()).toBe(node(0));
  });

  test("takes the first variant again as soon as nobody relies on it", () => {
    const { memory, second } = setting(boehm, memories);
    pop.real(second);
    pushOldest.real(second);
    expect(memory.i32[W + BOEHM_STACK.head]).toBe(node(2));
  });

  test("refuses more slots than variants can serve", () => {
    const [memory] = openTwice();
    const make = (slots: number, nodeAlignment: number) => () => new BoehmStack(memory, HEAD, 1, { slots, nodeAlignment });
    expect(make(3, 4)).not.toThrow();
    expect(make(4, 4)).toThrow(RangeError);
    expect(make(15, 16)).not.toThrow();
    expect(make(2, 2)).toThrow(RangeError);
  });

  test("takes as many stopped pops as it has slots but one; the slots of dead threads can be taken back", () => {
    // on memory where nobody may sleep, so that a pop that finds no slot ends
    const { handle } = fixed(new ArrayBuffer(65536)).open();
    const dying = (id: number): void => {
      const memory = openMemory(handle);
      expect(killedAt(memory, 3, () => new BoehmStack(memory, HEAD, id).pop())).toBe(true);
    };
    const stack = new BoehmStack(openMemory(handle), HEAD, 3);
    for (let i = 0; i < 4; i++) stack.push(node(i));
    dying(1);
    expect(stack.pop()).toBe(node(3));
    dying(2);
    expect([stack.pop(), stack.isEmpty()]).toEqual([0, false]);
    stack.push(node(3));
    stack.reclaim(2);
    expect(stack.pop()).toBe(node(3));
    stack.reclaim(1);
    expect([stack.pop(), stack.pop(), stack.pop(), stack.pop()]).toEqual([...[2, 1, 0].map(node), 0]);
  });
});

test("a counted stack's depth is exact when nothing is under way, and can be counted anew", () => {
  const [memory, other] = openTwice();
  const stack = new CountedStack(memory, HEAD);
  for (let i = 0; i < 3; i++) stack.push(node(i));
  memory.i32[node(4) >>> 2] = node(5);
  stack.pushChain(node(4), node(5));
  stack.pop();
  expect(new CountedStack(other, HEAD).depth()).toBe(4);
  expect(killedAt(memory, 3, () => stack.push(node(7)))).toBe(true);
  const survivor = new CountedStack(other, HEAD);
  expect(survivor.depth()).toBe(4);
  survivor.recount();
  expect(survivor.depth()).toBe(5);
});
