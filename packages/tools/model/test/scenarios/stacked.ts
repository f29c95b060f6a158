/** Blocks that live on stacks: buckets that cut pieces and serve each other, and chunks cut whole. */
import { BoehmStack, BOEHM_STACK } from "@heapwright/freelist";
import { CarvedChunks, ChunkBudget, SlistBuckets } from "@heapwright/slab";
import { caseOf, type Case } from "./case.js";
import { slabScenario, taken, type Act, type Play } from "./slabs.js";

const OPTIONS = { buckets: 2, blocksPerBucket: 2, refill: "on demand", spacing: "close" } as const;

const bucketed = (play: Pick<Play<SlistBuckets>, "name" | "acts" | "before">, refill: "never" | "on demand"): ReturnType<typeof slabScenario<SlistBuckets>> =>
  slabScenario({ ...play, pages: 3, make: (root, pages) => new SlistBuckets(root, pages, { ...OPTIONS, refill }) });

const turn: Act<SlistBuckets> = (hands) => hands.free(hands.allocate(8));
const take: Act<SlistBuckets> = (hands) => void hands.allocate(8);
const release = (i: number): Act<SlistBuckets> => (hands) => hands.free(hands.given.flat()[i]);
const both = (...acts: Act<SlistBuckets>[]): Act<SlistBuckets> => (hands) => acts.forEach((act) => act(hands));
const present = (count: number) => (slabs: SlistBuckets, index: number): number[] => (index < 0 ? Array.from({ length: count }, () => slabs.allocate(8)) : []);

const fixed = bucketed({ name: "buckets: the last blocks of a fixed pool", before: present(2), acts: [both(release(0), take), both(take, release(1))] }, "never");
const made = bucketed({ name: "buckets: two threads make the fixed pool", acts: [take, take] }, "never");
const cut = bucketed({ name: "buckets: two threads add a piece", before: present(2), acts: [both(release(0), take, take), turn] }, "on demand");

const carved = (name: string, acts: readonly Act<CarvedChunks>[]): ReturnType<typeof slabScenario<CarvedChunks>> =>
  slabScenario({
    name,
    acts,
    pages: 3,
    make: (root, pages) => new CarvedChunks(root, pages, new ChunkBudget(root, pages, 2, "grow"), ({ memory, threads }) => new BoehmStack(memory, root.claimStruct(BOEHM_STACK), threads.id)),
  });

const chunkTurn: Act<CarvedChunks> = (hands) => hands.free(hands.allocate(20_000));
const chunks = carved("chunks: two threads cut one each", [chunkTurn, chunkTurn]);

export const STACKED: readonly Case[] = [
  caseOf(fixed, { preemptions: 3 }),
  caseOf(made, { preemptions: 2, steps: 40_000 }),
  caseOf(cut, { preemptions: 2 }),
  caseOf(fixed, { progress: "alone", preemptions: 1 }),
  caseOf(taken(fixed, 8), { deaths: 1, preemptions: 1 }),
  caseOf(chunks, { preemptions: 2 }),
];
