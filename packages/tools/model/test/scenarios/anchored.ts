/** Michael's anchors, with superblocks of two and three blocks, so that each step may be the one that fills or empties them. */
import type { Root } from "@heapwright/core";
import { ANCHORED_DEFAULTS, AnchoredSlabs } from "@heapwright/slab";
import { caseOf, type Case } from "./case.js";
import { slabScenario, taken, type Act, type Play } from "./slabs.js";

/** Superblocks of two blocks. */
const PAIR = { blockBytes: 8176, superblockBytes: 16384 };
/** Superblocks of three. */
const TRIPLE = { blockBytes: 5456, superblockBytes: 16384 };
const BYTES = 4000;
const PAGES = 3;

type AnchoredPlay = Pick<Play<AnchoredSlabs>, "name" | "acts"> & {
  /** Blocks that the observer has allocated. */
  readonly present?: number;
  readonly blocks?: 2 | 3;
  readonly heaps?: number;
  /** Pages that are backed by memory at first. */
  readonly backed?: number;
  /** Breaks what a thread works through. */
  readonly change?: (slabs: AnchoredSlabs, root: Root) => void;
};

const anchored = ({ name, acts, present = 0, blocks = 2, heaps = 1, backed = PAGES, change = () => {} }: AnchoredPlay): ReturnType<typeof slabScenario<AnchoredSlabs>> =>
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
    before(slabs, index) {
      if (index >= 0) return [];
      const all = Array.from({ length: Math.max(1, present) }, () => slabs.allocate(BYTES));
      if (present === 0) slabs.free(all.pop()!);
      return all;
    },
  });

const turn: Act<AnchoredSlabs> = (hands) => hands.free(hands.allocate(BYTES));
const take: Act<AnchoredSlabs> = (hands) => void hands.allocate(BYTES);
/** Frees one of the blocks that are there. */
const release = (i: number): Act<AnchoredSlabs> => (hands) => hands.free(hands.given.flat()[i]);
const both = (...acts: Act<AnchoredSlabs>[]): Act<AnchoredSlabs> => (hands) => acts.forEach((act) => act(hands));

/** Frees what was taken in the order in which it was. */
const takeMany = (count: number): Act<AnchoredSlabs> => (hands) => {
  const all = Array.from({ length: count }, () => hands.allocate(BYTES));
  all.forEach((one) => hands.free(one));
};

const turns = anchored({ name: "anchored: allocate and free against the same", acts: [turn, turn] });
const emptied = anchored({ name: "anchored: two blocks of a full superblock are freed", acts: [release(0), release(1)], present: 2 });
const renewed = anchored({ name: "anchored: a superblock becomes empty while others are made and freed", acts: [both(release(0), turn), both(release(1), turn)], present: 2 });
const stirred = anchored({ name: "anchored: two blocks at a time", acts: [takeMany(2), takeMany(2)] });
const three = anchored({ name: "anchored: a superblock of three is emptied while blocks are taken", acts: [both(release(0), release(1)), both(release(2), take)], present: 3, blocks: 3 });
const queued = anchored({ name: "anchored: partial superblocks wait in the queue", acts: [both(release(0), release(2)), both(release(4), take)], present: 6 });
const apart = anchored({ name: "anchored: two processor heaps", acts: [both(release(0), turn), both(release(1), turn)], present: 2, heaps: 2 });

export const ANCHORED: readonly Case[] = [
  caseOf(turns, { preemptions: 3 }),
  caseOf(emptied, { preemptions: 3 }),
  caseOf(renewed, { preemptions: 1 }),
  caseOf(stirred, { preemptions: 1 }),
  caseOf(three, { preemptions: 3 }),
  caseOf(queued, { preemptions: 0, steps: 40_000 }),
  caseOf(apart, { preemptions: 1 }),
  caseOf(emptied, { progress: "alone", preemptions: 2 }),
  caseOf(renewed, { progress: "alone", preemptions: 1 }),
  caseOf(taken(turns, BYTES), { deaths: 1, preemptions: 0 }),
  caseOf(taken(emptied, BYTES), { deaths: 1, preemptions: 1 }),
];

/** With wider bounds; for the long run. */
export const ANCHORED_WIDELY: readonly Case[] = [
  caseOf(turns, { preemptions: 4 }),
  caseOf(emptied, { preemptions: 5 }),
  caseOf(renewed, { preemptions: 3 }),
  caseOf(stirred, { preemptions: 2 }),
  caseOf(three, { preemptions: 4 }),
  caseOf(apart, { preemptions: 2 }),
  caseOf(turns, { preemptions: 2, spuriousFailures: 1 }),
  caseOf(taken(turns, BYTES), { deaths: 1, preemptions: 1 }),
];
