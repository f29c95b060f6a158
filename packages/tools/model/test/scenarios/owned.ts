/**
 * Hoard's slabs, two blocks a superblock and one superblock a page, so that each free may empty one, hand it over to the
 * global heap, and give its page back. The observer's heap is that of the second thread; the first has one of its own.
 */
import type { Root } from "@heapwright/core";
import { largestOwnedBlock, OwnedSlabs } from "@heapwright/slab";
import { table } from "@heapwright/sizes";
import { caseOf, type Case } from "./case.js";
import { both, nothing as gone, release, take, turn, type Act } from "./hands.js";
import { checkedBetween, slabScenario, taken, type Play } from "./slabs.js";

const SUPERBLOCK_BYTES = 65536;
export const HALF = largestOwnedBlock(SUPERBLOCK_BYTES);
/** A lock is looked at six times before another way is taken. */
const LOOKS = 9;

type OwnedPlay = Pick<Play<OwnedSlabs>, "name" | "acts" | "backed" | "before"> & {
  /** K: superblocks that a heap may keep free in any case. Default 1. */
  readonly slack?: number;
  /** Breaks what a thread works through. */
  readonly change?: (slabs: OwnedSlabs, root: Root) => void;
};

export const owned = ({ slack = 1, change = () => {}, ...play }: OwnedPlay): ReturnType<typeof slabScenario<OwnedSlabs>> =>
  slabScenario({
    ...play,
    pages: 4,
    make(root, pages) {
      const sizes = table([HALF]);
      const slabs = new OwnedSlabs(root, pages, { processors: 1, superblockBytes: SUPERBLOCK_BYTES, groups: 4, slackSuperblocks: slack, sizes });
      change(slabs, root);
      return slabs;
    },
    after({ pool }) {
      for (const { index, delayed } of pool.heaps) if (delayed.top() !== 0) throw new Error(`heap ${index} has forgotten to put blocks back`);
    },
  });

/** So many blocks of the first thread's heap, or of the second's. */
export const firstHas = (count: number) => (slabs: OwnedSlabs, index: number): readonly number[] =>
  index === 0 ? Array.from({ length: count }, () => slabs.allocate(HALF)) : [];
const secondHas = (count: number) => (slabs: OwnedSlabs, index: number): readonly number[] =>
  index < 0 ? Array.from({ length: count }, () => slabs.allocate(HALF)) : [];

/** @throws Error when a heap does not keep a superblock that it may keep: of one, no share is too much */
const keepsOne: Act<OwnedSlabs> = (hands) => {
  const { pool, superblocks } = hands.slabs;
  const block = hands.allocate(HALF);
  // not its own heap's, if that had to wait for the global lock
  const held = pool.home.held(0);
  hands.free(block);
  if (pool.home.held(0) < Math.min(held, superblocks.geometry.capacity[0])) throw new Error("the heap has handed over its only superblock");
};

const turnOne = turn(HALF);
export const small = { acts: [keepsOne, keepsOne], slack: 2 };
/** Three superblocks, of each of which one block is freed: a half full one moves while its other block is freed. */
export const moving = { before: firstHas(6), acts: [both(release(0), release(2), release(4)), release(5)] };
const apart = owned({ name: "owned: two heaps, a superblock each", ...small });
const moved = owned({ name: "owned: a block is freed by another thread while its superblock moves", ...moving });
const served = owned({ name: "owned: a block is freed by another thread while its heap serves one", acts: [turnOne, release(0)], before: firstHas(1) });
const handed = owned({ name: "owned: two threads free blocks of a heap that hands a superblock over", acts: [both(release(0), release(1)), release(2)], before: firstHas(3) });
const shared = owned({ name: "owned: two threads of one heap", acts: [gone, turnOne, gone, turnOne], before: secondHas(1) });
/** The second thread's block lies in a page that was added after the first thread had come. */
const unseen = owned({ name: "owned: a block is freed by a thread whose views end before it", acts: [release(0), turnOne], backed: 1, before: (slabs, index) => (index === 1 ? [slabs.allocate(HALF)] : []) });
const passed = owned({ name: "owned: a superblock is handed over while another heap looks for one", acts: [both(release(0), release(2)), take(HALF)], before: firstHas(3) });

const trio = owned({ name: "owned: three threads, two of which free the third one's blocks", acts: [turnOne, release(0), release(1)], before: firstHas(3) });

export const OWNED: readonly Case[] = [
  caseOf(apart, { preemptions: 2, looks: LOOKS }),
  caseOf(served, { preemptions: 3, looks: LOOKS }),
  caseOf(handed, { preemptions: 3, looks: LOOKS }),
  caseOf(shared, { preemptions: 3, looks: LOOKS }),
  caseOf(passed, { preemptions: 3, looks: LOOKS }),
  caseOf(moved, { preemptions: 3, looks: LOOKS }),
  caseOf(trio, { preemptions: 2, looks: LOOKS }),
  caseOf(checkedBetween(handed), { preemptions: 3, looks: LOOKS }),
  caseOf(unseen, { preemptions: 3, looks: LOOKS }),
  caseOf(taken(served, HALF), { deaths: 1, preemptions: 0, looks: LOOKS }),
];

/** With wider bounds; for the long run. */
export const OWNED_WIDELY: readonly Case[] = [
  caseOf(trio, { preemptions: 3, looks: LOOKS }),
  caseOf(apart, { preemptions: 4, looks: LOOKS }),
  ...[served, handed, passed].map((scenario) => caseOf(scenario, { looks: LOOKS })),
  ...[shared, moved, unseen].map((scenario) => caseOf(scenario, { preemptions: 5, looks: LOOKS })),
  ...[served, handed].map((scenario) => caseOf(taken(scenario, HALF), { deaths: 1, preemptions: 1, looks: LOOKS })),
];
