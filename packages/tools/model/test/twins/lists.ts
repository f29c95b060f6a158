/** Pools and private lists with one thing wrong each. */
import type { Memory } from "@heapwright/core";
import { BitsetPool, PRIVATE_LIST, PrivateList } from "@heapwright/freelist";
import { HEAD } from "../scenarios/case.js";
import { ownedBy, poolScenario } from "../scenarios/lists.js";
import { changed, twinOf, type Twin } from "./twin.js";

const W = HEAD >>> 2;

/** Sets bits by a load and a store. */
const storingPool = (memory: Memory, index: number): BitsetPool =>
  new BitsetPool(
    changed(memory, {
      or(w, mask) {
        const before = memory.load(w);
        memory.store(w, before | mask);
        return before;
      },
    }),
    HEAD,
    2,
    index,
  );

/** Believes that a bit which was clear is its own. */
const believingPool = (memory: Memory, index: number): BitsetPool =>
  new BitsetPool(changed(memory, { or: (w, mask) => memory.or(w, mask) & ~mask }), HEAD, 2, index);

const claimOnce = (pool: BitsetPool, actor: { perform<T>(name: string, argument: unknown, work: () => T): T }): unknown =>
  actor.perform("take", undefined, () => pool.claim() + 1);

const claimAndGive = (pool: BitsetPool, actor: { perform<T>(name: string, argument: unknown, work: () => T): T }): void => {
  const number = claimOnce(pool, actor) as number;
  if (number > 0) actor.perform("give", number, () => pool.release(number - 1));
};

/** Puts a node in front before it is linked to what lies behind. */
class FrontFirst extends PrivateList {
  constructor(
    private readonly words: Memory,
    address: number,
  ) {
    super(words, address);
  }

  override push(node: number): void {
    const { i32 } = this.words;
    const first = i32[W + PRIVATE_LIST.first];
    i32[W + PRIVATE_LIST.first] = node;
    i32[node >>> 2] = first;
    i32[W + PRIVATE_LIST.count]++;
  }
}

/** Releases numbers by a load and a store. */
const storingRelease = (memory: Memory, index: number): BitsetPool =>
  new BitsetPool(
    changed(memory, {
      and(w, mask) {
        const before = memory.load(w);
        memory.store(w, before & mask);
        return before;
      },
    }),
    HEAD,
    2,
    index,
  );

export const LIST_TWINS: readonly Twin[] = [
  twinOf("pool that sets bits by a store", "not linearizable", poolScenario("claim against claim", 2, [claimOnce, claimOnce], storingPool)),
  twinOf("pool that believes a bit was clear", "not linearizable", poolScenario("claim against claim", 2, [claimOnce, claimOnce], believingPool)),
  twinOf("pool that releases by a store", "not linearizable", poolScenario("claim and release, twice", 2, [claimAndGive, claimAndGive], storingRelease)),
  twinOf("private list that puts a node in front before it is linked", "wrong in the end", ownedBy(FrontFirst as unknown as typeof PrivateList), { deaths: 1 }),
];
