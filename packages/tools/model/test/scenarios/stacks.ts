/** Stacks of free nodes: the ABA problem, chains, tags at their wrap, slots of dead threads. */
import { BOEHM_STACK, BoehmStack, CountedStack, TAGGED_STACK, TaggedStack, type Stack } from "@heapwright/freelist";
import type { Memory } from "@heapwright/core";
import { stackOf, type Scenario, type WordNames } from "@heapwright/model";
import { caseOf, drain, HEAD, node, pop, push, type Case, type Code } from "./case.js";

export type StackMaker = (memory: Memory, threadId: number) => Stack;

const START = [node(0), node(1), node(2)];

function named(names: WordNames): void {
  names.range("node link", node(0), 64 * 8);
}

/** Three nodes lie on a stack; each thread does its part. */
export function stackScenario(name: string, make: StackMaker, threads: readonly Code<Stack>[], start: readonly number[] = START): Scenario<Stack> {
  return {
    name,
    start(memory, names) {
      named(names);
      const stack = make(memory, 9);
      names.place("stack", stack instanceof BoehmStack ? BOEHM_STACK : TAGGED_STACK, HEAD);
      for (const one of start) stack.push(one);
      return stack;
    },
    join: (memory, index) => make(memory, index + 1),
    threads,
    end: drain,
    specification: stackOf(start),
  };
}

export const popOne: Code<Stack> = (stack, actor) => void pop(stack, actor);
/** Takes two and brings the first one back: what makes a top come back onto another node. */
export const popTwoPushOne: Code<Stack> = (stack, actor) => {
  const first = pop(stack, actor);
  pop(stack, actor);
  push(stack, actor, first);
};
export const pushThenPop = (i: number): Code<Stack> => (stack, actor) => {
  push(stack, actor, node(i));
  pop(stack, actor);
};
export const popThenPush: Code<Stack> = (stack, actor) => push(stack, actor, pop(stack, actor));
export const pushOne = (i: number): Code<Stack> => (stack, actor) => push(stack, actor, node(i));

export const tagged: StackMaker = (memory) => new TaggedStack(memory, HEAD);
export const boehm: StackMaker = (memory, threadId) => new BoehmStack(memory, HEAD, threadId);
const counted: StackMaker = (memory) => new CountedStack(memory, HEAD);

export const KINDS = [["tagged", tagged], ["counted", counted], ["Boehm", boehm]] as const;

/** The same with a tag that is about to wrap. */
function nearWrap(scenario: Scenario<Stack>): Scenario<Stack> {
  return {
    ...scenario,
    name: `${scenario.name}, tag at its wrap`,
    start(memory, names) {
      memory.i32[(HEAD >>> 2) + TAGGED_STACK.head + 1] = -1;
      return scenario.start(memory, names);
    },
  };
}

/** The depth that the stack keeps is the one it has, when nobody is inside. */
function withDepth(scenario: Scenario<Stack>): Scenario<Stack> {
  return {
    ...scenario,
    name: `${scenario.name}, and its depth`,
    end(stack, outcome) {
      const kept = (stack as CountedStack).depth();
      let found = 0;
      stack.nodes(() => found++);
      if (kept !== found) throw new Error(`${found} nodes, and a depth of ${kept}`);
      drain(stack, outcome);
    },
  };
}

/** A chain is pushed as one. The specification does not know chains. */
const chain: Scenario<Stack> = {
  ...stackScenario("a chain of two is pushed while another thread pops twice", tagged, []),
  specification: undefined,
  threads: [
    (stack, { memory }) => {
      memory.i32[node(3) >>> 2] = node(4);
      stack.pushChain(node(3), node(4));
    },
    (stack) => [stack.pop(), stack.pop()],
  ],
  end(stack, { results }) {
    const found = [...(results[1] as number[])];
    stack.nodes((one) => found.push(one));
    if (found.toSorted().join() !== [...START, node(3), node(4)].join()) throw new Error(`the nodes are ${found.join()}`);
    if (found.indexOf(node(4)) !== found.indexOf(node(3)) + 1) throw new Error(`the chain came in pieces: ${found.join()}`);
  },
};

/** Boehm's slots are taken back from the dead by a thread of their own, while the others go on. */
export const slotsTakenBack = (scenario: Scenario<Stack>): Scenario<Stack> => ({
  ...scenario,
  rescuer(stack, _, dead) {
    for (const thread of dead) stack.reclaim(thread + 1);
  },
});
const rescued = slotsTakenBack(stackScenario("Boehm: pop is killed anywhere, and its slot taken back", boehm, [popOne, popTwoPushOne]));

/** No chain leads astray while nobody is inside. */
function walkedBetween(scenario: Scenario<Stack>): Scenario<Stack> {
  return { ...scenario, name: `${scenario.name}, walked in between`, quiescent: (stack) => stack.nodes(() => {}) };
}

export const STACKS: readonly Case[] = [
  ...KINDS.flatMap(([name, make]) => [
    caseOf(stackScenario(`${name}: pop against pop, pop, push`, make, [popOne, popTwoPushOne])),
    caseOf(stackScenario(`${name}: push and pop, twice`, make, [pushThenPop(3), pushThenPop(4)])),
    caseOf(stackScenario(`${name}: pop and push, twice, on one node`, make, [popThenPush, popThenPush], [node(0)])),
    caseOf(stackScenario(`${name}: push and pop, twice`, make, [pushThenPop(3), pushThenPop(4)]), { spuriousFailures: 1 }),
    caseOf(stackScenario(`${name}: three threads push, pop, and pop two and push one`, make, [pushOne(3), popOne, popTwoPushOne]), make === tagged ? {} : { preemptions: 3 }),
    caseOf(stackScenario(`${name}: a thread is killed anywhere`, make, [pushThenPop(3), popTwoPushOne]), make === boehm ? { deaths: 1, preemptions: 3 } : { deaths: 1 }),
    caseOf(stackScenario(`${name}: pop against pop, pop, push`, make, [popOne, popTwoPushOne]), { progress: "alone" }),
  ]),
  caseOf(nearWrap(stackScenario("tagged: pop against pop, pop, push", tagged, [popOne, popTwoPushOne]))),
  caseOf(nearWrap(stackScenario("tagged: push and pop, twice", tagged, [pushThenPop(3), pushThenPop(4)]))),
  caseOf(withDepth(stackScenario("counted: push and pop, twice", counted, [pushThenPop(3), pushThenPop(4)]))),
  caseOf(chain),
  ...KINDS.map(([name, make]) => caseOf(walkedBetween(stackScenario(`${name}: push and pop, twice`, make, [pushThenPop(3), pushThenPop(4)])))),
  caseOf(rescued, { deaths: 1 }),
  caseOf(rescued, { deaths: 2, preemptions: 2 }),
];
