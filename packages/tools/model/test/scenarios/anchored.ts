/** Michael's anchors, with superblocks of two and three blocks, so that each step may be the one that fills or empties them. */
import type { Memory, Root } from "@heapwright/core";
import { ANCHOR, ANCHORED_DEFAULTS, AnchoredSlabs, BLOCK_PREFIX, DESCRIPTOR } from "@heapwright/slab";
import { caseOf, type Case } from "./case.js";
import { both, release, take, takeMany, turn } from "./hands.js";
import { checkedBetween, slabScenario, taken, type Play } from "./slabs.js";

/** Superblocks of two blocks. */
const PAIR = { blockBytes: 8176, superblockBytes: 16384 };
/** Superblocks of three. */
const TRIPLE = { blockBytes: 5456, superblockBytes: 16384 };
export const BYTES = 4000;
const PAGES = 3;

type AnchoredPlay = Pick<Play<AnchoredSlabs>, "name" | "acts"> & {
  /** Blocks that the observer has allocated. */
  readonly present?: number;
  readonly blocks?: 2 | 3;
  readonly heaps?: number;
  /** Pages that are backed by memory at first. */
  readonly backed?: number;
  /** Of the superblock that is there, in both words of the anchor. */
  readonly tag?: "zero" | "at its wrap";
  /** Breaks what a thread works through. */
  readonly change?: (slabs: AnchoredSlabs, root: Root) => void;
};

export const anchored = ({ name, acts, present = 0, blocks = 2, heaps = 1, backed = PAGES, tag = "zero", change = () => {} }: AnchoredPlay): ReturnType<typeof slabScenario<AnchoredSlabs>> =>
  slabScenario({
    name,
    acts,
    pages: PAGES,
    backed,
    make(root, pages) {
      const slabs = new AnchoredSlabs(root, pages, { ...ANCHORED_DEFAULTS, heaps, classes: [blocks === 2 ? PAIR : TRIPLE] });
      change(slabs, root);
      return slabs;
    },
    // one block more than is wanted, and freed again: the first superblock is there when the threads begin
    before(slabs, index, memory) {
      if (index >= 0) return [];
      const all = Array.from({ length: Math.max(1, present) }, () => slabs.allocate(BYTES));
      if (tag === "at its wrap") wrapTag(memory, all[0]);
      if (present === 0) slabs.free(all.pop()!);
      return all;
    },
  });

/** Sets the tag of a block's superblock to the last one there is. */
function wrapTag({ i32 }: Memory, block: number): void {
  const owner = i32[(block - BLOCK_PREFIX.bytes) >>> 2];
  const anchor = ((owner & -DESCRIPTOR.align) >>> 2) + DESCRIPTOR.anchor;
  i32[anchor] = ANCHOR.tag.set(i32[anchor], ANCHOR.tag.maximum);
  i32[anchor + 1] = -1;
}

const turnOne = turn(BYTES);
const takeOne = take(BYTES);
const turnTwo = takeMany(2, BYTES);

const turns = anchored({ name: "anchored: allocate and free against the same", acts: [turnOne, turnOne] });
const wrapped = anchored({ name: "anchored: allocate and free against the same, tag at its wrap", acts: [turnOne, turnOne], tag: "at its wrap" });
const emptied = anchored({ name: "anchored: two blocks of a full superblock are freed", acts: [release(0), release(1)], present: 2 });
const renewed = anchored({ name: "anchored: a superblock becomes empty while others are made and freed", acts: [both(release(0), turnOne), both(release(1), turnOne)], present: 2 });
const stirred = anchored({ name: "anchored: two blocks at a time", acts: [turnTwo, turnTwo] });
const three = anchored({ name: "anchored: a superblock of three is emptied while blocks are taken", acts: [both(release(0), release(1)), both(release(2), takeOne)], present: 3, blocks: 3 });
const queued = anchored({ name: "anchored: partial superblocks wait in the queue", acts: [both(release(0), release(2)), both(release(4), takeOne)], present: 6 });
const apart = anchored({ name: "anchored: two processor heaps", acts: [both(release(0), turnOne), both(release(1), turnOne)], present: 2, heaps: 2 });

const trio = anchored({ name: "anchored: three threads, two of which empty a superblock", acts: [release(0), release(1), turnOne], present: 2 });

export const ANCHORED: readonly Case[] = [
  caseOf(turns, { preemptions: 3 }),
  caseOf(wrapped, { preemptions: 3 }),
  caseOf(checkedBetween(turns), { preemptions: 3 }),
  caseOf(checkedBetween(three), { preemptions: 2 }),
  caseOf(turns, { spuriousFailures: 1, preemptions: 2 }),
  caseOf(emptied, { preemptions: 3 }),
  caseOf(renewed, { preemptions: 2 }),
  caseOf(stirred, { preemptions: 2 }),
  caseOf(three, { preemptions: 3 }),
  caseOf(trio, { preemptions: 2 }),
  caseOf(queued, { preemptions: 1, steps: 40_000 }),
  caseOf(apart, { preemptions: 2 }),
  caseOf(emptied, { progress: "alone", preemptions: 2 }),
  caseOf(renewed, { progress: "alone", preemptions: 1 }),
  caseOf(taken(turns, BYTES), { deaths: 1, preemptions: 1 }),
  caseOf(taken(emptied, BYTES), { deaths: 1, preemptions: 1 }),
];

/** With wider bounds; for the long run. */
export const ANCHORED_WIDELY: readonly Case[] = [
  caseOf(trio, { preemptions: 4 }),
  ...[turns, wrapped, emptied].map((scenario) => caseOf(scenario)),
  caseOf(renewed, { preemptions: 3 }),
  caseOf(stirred, { preemptions: 3 }),
  caseOf(three, { preemptions: 5 }),
  caseOf(apart, { preemptions: 3 }),
  caseOf(queued, { preemptions: 3, steps: 40_000 }),
  caseOf(turns, { preemptions: 3, spuriousFailures: 1 }),
  caseOf(emptied, { progress: "alone", preemptions: 3 }),
  caseOf(renewed, { progress: "alone", preemptions: 2 }),
  ...[turns, emptied].map((scenario) => caseOf(taken(scenario, BYTES), { deaths: 1, preemptions: 2 })),
];
