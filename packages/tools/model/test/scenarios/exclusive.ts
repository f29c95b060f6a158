/** Superblocks of one thread each: bits that others set, superblocks left behind, adopted, and taken from the dead. */
import { ExclusiveSlabs } from "@heapwright/slab";
import { table } from "@heapwright/sizes";
import { caseOf, type Case } from "./case.js";
import { both, nothing as gone, release, turn, type Act } from "./hands.js";
import { checkedBetween, slabScenario, taken, type Play } from "./slabs.js";

export const BYTES = 16384;

export const exclusive = (play: Pick<Play<ExclusiveSlabs>, "name" | "acts" | "before">): ReturnType<typeof slabScenario<ExclusiveSlabs>> =>
  slabScenario({ ...play, pages: 4, make: (root, pages) => new ExclusiveSlabs(root, pages, table([BYTES])) });

/** A thread has allocated so many blocks; if it is the last one, it has left before the others begin. */
export const has = (thread: number, count: number) => (slabs: ExclusiveSlabs, index: number): readonly number[] => {
  if (index !== thread) return [];
  const blocks = Array.from({ length: count }, () => slabs.allocate(BYTES));
  if (thread > 0) slabs.leave();
  return blocks;
};

const leave: Act<ExclusiveSlabs> = ({ slabs }) => slabs.leave();
const turnOne = turn(BYTES);

const sent = exclusive({ name: "exclusive: a block is freed by another thread while its owner allocates", before: has(0, 3), acts: [both(turnOne, turnOne), release(0)] });
const overtaken = exclusive({ name: "exclusive: a block is freed by another thread while its owner leaves", before: has(0, 2), acts: [both(release(1), leave), release(0)] });
const adopted = exclusive({ name: "exclusive: two threads free blocks of a superblock that was left behind", before: has(2, 2), acts: [release(0), release(1), gone] });
const wanted = exclusive({ name: "exclusive: two threads want a superblock that was left behind", before: has(2, 1), acts: [turnOne, both(release(0), turnOne), gone] });

const trio = exclusive({ name: "exclusive: three threads, two of which free the third one's blocks", before: has(0, 3), acts: [both(turnOne, turnOne), release(0), release(1)] });

export const EXCLUSIVE: readonly Case[] = [
  caseOf(sent, { preemptions: 3 }),
  caseOf(overtaken, { preemptions: 3 }),
  caseOf(adopted, { preemptions: 3 }),
  caseOf(wanted, { preemptions: 3 }),
  caseOf(checkedBetween(sent), { preemptions: 3 }),
  caseOf(trio, { preemptions: 3 }),
  caseOf(overtaken, { progress: "alone", preemptions: 1 }),
];

/** With wider bounds; for the long run. */
export const EXCLUSIVE_WIDELY: readonly Case[] = [
  ...[sent, overtaken, adopted, trio].map((scenario) => caseOf(scenario)),
  caseOf(wanted, { preemptions: 4 }),
  ...[sent, overtaken].map((scenario) => caseOf(taken(scenario, BYTES), { deaths: 1, preemptions: 1 })),
  caseOf(overtaken, { progress: "alone", preemptions: 3 }),
];
