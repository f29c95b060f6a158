/** The other free lists: the drain stack, the bitset pool, the list of one owner. */
import { BitsetPool, DRAIN_STACK, DrainStack, PRIVATE_LIST, PrivateList } from "@heapwright/freelist";
import { bagOf, type Actor, type Scenario } from "@heapwright/model";
import { caseOf, HEAD, node, type Case, type Code } from "./case.js";

/** All nodes that come out by taking everything. */
export function takeAll(stack: DrainStack, { memory }: Actor): number[] {
  const taken: number[] = [];
  for (let one = stack.takeAll(); one !== 0; one = memory.i32[one >>> 2]) taken.push(one);
  return taken;
}

export const pushAll = (...nodes: number[]): Code<DrainStack> => (stack) => nodes.forEach((i) => stack.push(node(i)));

export function drainScenario(name: string, threads: readonly Code<DrainStack>[], make = (memory: Actor["memory"]) => new DrainStack(memory, HEAD)): Scenario<DrainStack> {
  return {
    name,
    start(memory, names) {
      names.place("drain", DRAIN_STACK, HEAD);
      names.range("node link", node(0), 64 * 8);
      const stack = make(memory);
      stack.push(node(0));
      return stack;
    },
    join: make,
    threads,
    end(stack, outcome) {
      const taken = [...outcome.results.flatMap((one) => (one as number[] | undefined) ?? []), ...takeAll(stack, outcome)];
      if (outcome.dead.length > 0) {
        if (new Set(taken).size !== taken.length) throw new Error(`a node was taken twice: ${taken.join()}`);
      } else if (taken.toSorted().join() !== [0, 1, 2].map(node).join()) throw new Error(`taken were ${taken.join()}`);
    },
  };
}

const giveBack = (pool: BitsetPool, actor: Actor, number: number): void => {
  if (number >= 0) actor.perform("give", number + 1, () => pool.release(number));
};
const claim = (pool: BitsetPool, actor: Actor): number => actor.perform("take", undefined, () => pool.claim() + 1) - 1;
export const claimAndRelease: Code<BitsetPool> = (pool, actor) => giveBack(pool, actor, claim(pool, actor));
export const claimTwice: Code<BitsetPool> = (pool, actor) => [claim(pool, actor), claim(pool, actor)];

/** Numbers are items of a bag from 1 on, as 0 is nothing. */
export function poolScenario(name: string, capacity: number, threads: readonly Code<BitsetPool>[], make = (memory: Actor["memory"], index: number) => new BitsetPool(memory, HEAD, capacity, index)): Scenario<BitsetPool> {
  return {
    name,
    start(memory, names) {
      names.range("bits", HEAD, BitsetPool.bytes(capacity));
      return make(memory, 0);
    },
    join: make,
    threads,
    end(pool, actor) {
      while (claim(pool, actor) >= 0) continue;
    },
    specification: bagOf(Array.from({ length: capacity }, (_, i) => i + 1)),
  };
}

/** An owner is killed between any two steps on its own words. The rescuer finds a whole chain, and counts anew. */
export const ownedBy = (Kind: typeof PrivateList): Scenario<PrivateList> => ({
  name: "private list: its owner is killed anywhere, and another thread counts anew",
  start(memory, names) {
    names.place("list", PRIVATE_LIST, HEAD);
    return new PrivateList(memory, HEAD);
  },
  join: (memory) => new Kind(memory, HEAD),
  threads: [
    (list) => {
      for (const i of [0, 1, 2]) list.push(node(i));
      list.takeChain(2);
      list.push(node(3));
      list.pop();
    },
  ],
  rescuer: (list) => list.recount(),
  end(list, { results }) {
    let found = 0;
    let last = node(0);
    list.nodes((one) => {
      found++;
      last = one;
    });
    if (last !== node(0)) throw new Error("the nodes below the top are lost");
    const counted = results[1] ?? 1;
    if (list.count !== found || counted !== found) throw new Error(`${found} nodes, counted ${String(counted)}, kept ${list.count}`);
  },
});

export const LISTS: readonly Case[] = [
  caseOf(drainScenario("drain: push and push against take all", [pushAll(1), pushAll(2), takeAll])),
  caseOf(drainScenario("drain: push against take all, push back, take all", [pushAll(1, 2), (stack, actor) => {
    const [first, ...rest] = takeAll(stack, actor);
    if (first === undefined) return [];
    stack.push(first);
    return [...rest, ...takeAll(stack, actor)];
  }])),
  caseOf(drainScenario("drain: a thread is killed anywhere", [pushAll(1, 2), takeAll]), { deaths: 1 }),
  caseOf(drainScenario("drain: push and push against take all", [pushAll(1), pushAll(2), takeAll]), { progress: "alone" }),
  caseOf(drainScenario("drain: push and push against take all", [pushAll(1), pushAll(2), takeAll]), { spuriousFailures: 1 }),
  caseOf(poolScenario("pool of two: two threads claim and release, twice", 2, [claimAndRelease, claimAndRelease].map((code) => (pool, actor) => {
    code(pool, actor);
    code(pool, actor);
  }))),
  caseOf(poolScenario("pool of two: three threads claim and release", 2, [claimAndRelease, claimAndRelease, claimAndRelease])),
  caseOf(poolScenario("pool of 33: two threads claim two each", 33, [claimTwice, claimTwice])),
  caseOf(poolScenario("pool of three: a thread is killed anywhere", 3, [claimAndRelease, claimTwice]), { deaths: 1 }),
  caseOf(poolScenario("pool of two: two threads claim and release", 2, [claimAndRelease, claimAndRelease]), { progress: "alone" }),
  caseOf(ownedBy(PrivateList), { deaths: 1 }),
];
