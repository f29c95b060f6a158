/** Blocks that live on stacks: buckets that cut pieces and serve each other, and chunks cut whole. */
import { BoehmStack, BOEHM_STACK } from "@heapwright/freelist";
import { CarvedChunks, ChunkBudget, SlistBuckets } from "@heapwright/slab";
import { caseOf, type Case } from "./case.js";
import { both, release, take, turn, type Act } from "./hands.js";
import { checkedBetween, slabScenario, taken, type Play } from "./slabs.js";

const OPTIONS = { buckets: 2, blocksPerBucket: 2, refill: "on demand", spacing: "close" } as const;

export const bucketed = (play: Pick<Play<SlistBuckets>, "name" | "acts" | "before">, refill: "never" | "on demand"): ReturnType<typeof slabScenario<SlistBuckets>> =>
  slabScenario({ ...play, pages: 3, make: (root, pages) => new SlistBuckets(root, pages, { ...OPTIONS, refill }) });

const turnOne = turn(8);
const takeOne = take(8);
export const present = (count: number) => (slabs: SlistBuckets, index: number): number[] => (index < 0 ? Array.from({ length: count }, () => slabs.allocate(8)) : []);

const fixed = bucketed({ name: "buckets: the last blocks of a fixed pool", before: present(2), acts: [both(release(0), takeOne), both(takeOne, release(1))] }, "never");
const made = bucketed({ name: "buckets: two threads make the fixed pool", acts: [takeOne, takeOne] }, "never");
const cut = bucketed({ name: "buckets: two threads add a piece", before: present(2), acts: [both(release(0), takeOne, takeOne), turnOne] }, "on demand");

export const carved = (name: string, acts: readonly Act<CarvedChunks>[]): ReturnType<typeof slabScenario<CarvedChunks>> =>
  slabScenario({
    name,
    acts,
    pages: 3,
    make: (root, pages) => new CarvedChunks(root, pages, new ChunkBudget(root, pages, 2, "grow"), ({ memory, threads }) => new BoehmStack(memory, root.claimStruct(BOEHM_STACK), threads.id)),
  });

const chunkTurn = turn(20_000);
const chunks = carved("chunks: two threads cut one each", [chunkTurn, chunkTurn]);

export const STACKED: readonly Case[] = [
  caseOf(fixed, { preemptions: 3 }),
  caseOf(made, { preemptions: 3, steps: 40_000 }),
  caseOf(cut, { preemptions: 3 }),
  caseOf(checkedBetween(fixed), { preemptions: 3 }),
  caseOf(fixed, { progress: "alone", preemptions: 1 }),
  caseOf(taken(fixed, 8), { deaths: 1, preemptions: 1 }),
  caseOf(chunks, { preemptions: 3 }),
];

/** With wider bounds; for the long run. */
export const STACKED_WIDELY: readonly Case[] = [
  ...[fixed, cut].map((scenario) => caseOf(scenario)),
  caseOf(made, { preemptions: 4, steps: 40_000 }),
  caseOf(chunks, { preemptions: 5 }),
  caseOf(taken(fixed, 8), { deaths: 1, preemptions: 3 }),
  caseOf(fixed, { progress: "alone", preemptions: 3 }),
];
