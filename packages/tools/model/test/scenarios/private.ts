/** Slabs of one thread each: what others free comes home in batches, pages are left behind, adopted, and taken from the dead. */
import type { Root } from "@heapwright/core";
import { PrivateSlabs } from "@heapwright/slab";
import { caseOf, type Case } from "./case.js";
import { both, nothing as gone, release, take, turn, type Act } from "./hands.js";
import { checkedBetween, slabScenario, taken, type Play } from "./slabs.js";

/** One unit each: a page has fifteen of them beside its header. */
const UNIT = 8200;
export const SMALL = 2048;

type PrivatePlay = Pick<Play<PrivateSlabs>, "name" | "acts" | "pages" | "backed" | "before"> & {
  /** Breaks what a thread works through. */
  readonly change?: (slabs: PrivateSlabs, root: Root) => void;
};

export const privately = ({ change = () => {}, ...play }: PrivatePlay): ReturnType<typeof slabScenario<PrivateSlabs>> =>
  slabScenario({
    ...play,
    make(root, pages) {
      const slabs = new PrivateSlabs(root, pages);
      change(slabs, root);
      return slabs;
    },
  });

const allocated = (slabs: PrivateSlabs, sizes: readonly number[]): number[] => sizes.map((bytes) => slabs.allocate(bytes));

/** The first thread has allocated blocks of these sizes; each thread has a page of its own. */
export const firstHas = (...sizes: number[]) => (slabs: PrivateSlabs, index: number): readonly number[] => {
  if (index === 0) return allocated(slabs, sizes);
  if (index > 0) slabs.free(slabs.allocate(SMALL));
  return [];
};

/** The last thread has allocated such blocks, and left before the others begin. */
export const leftBehind = (last: number, ...sizes: number[]) => (slabs: PrivateSlabs, index: number): readonly number[] => {
  const blocks = index < 0 ? [] : allocated(slabs, index === last ? sizes : [SMALL]);
  if (index === last) slabs.leave();
  else blocks.splice(0).forEach((one) => slabs.free(one));
  return blocks;
};

export const leave: Act<PrivateSlabs> = ({ slabs }) => slabs.leave();
export const trim: Act<PrivateSlabs> = ({ slabs }) => slabs.trim();

const sent = privately({ name: "private: a block is freed by another thread while its owner collects", pages: 4, before: firstHas(SMALL, SMALL), acts: [trim, both(release(0), trim)] });
const overtaken = privately({ name: "private: a block is freed by another thread while its owner leaves", pages: 4, before: firstHas(SMALL, SMALL), acts: [both(release(1), leave), both(release(0), leave)] });
const adopted = privately({ name: "private: two threads free blocks of a page that was left behind", pages: 4, before: leftBehind(2, SMALL, SMALL), acts: [release(0), release(1), gone] });
const refilled = privately({ name: "private: a page that was left behind is adopted by who needs one and by who frees", pages: 4, before: leftBehind(2, SMALL, SMALL), acts: [both(trim, turn(UNIT)), release(1), gone] });
const joined = privately({ name: "private: two threads come, allocate, and leave", pages: 4, acts: [both(turn(SMALL), leave), both(turn(SMALL), leave)] });
const large = privately({ name: "private: blocks of units are freed by another thread", pages: 4, before: firstHas(UNIT, UNIT), acts: [both(turn(UNIT), trim), both(release(0), release(1), trim)] });

/** The second thread's block lies in a page that was added after the first thread had come. */
export const unseen = { pages: 4, backed: 1, before: (slabs: PrivateSlabs, index: number) => allocated(slabs, index === 1 ? [SMALL] : []), acts: [both(release(0), leave), trim] };
const grown = privately({ name: "private: a block is freed by a thread whose views end before it", ...unseen });

/** Two threads that have no page; the third has left one behind. */
export const coveted = {
  pages: 4,
  before(slabs: PrivateSlabs, index: number) {
    const blocks = allocated(slabs, index === 2 ? [SMALL] : []);
    if (index === 2) slabs.leave();
    return blocks;
  },
  acts: [take(SMALL), both(take(SMALL), leave), gone],
};
const wanted = privately({ name: "private: two threads want a page that was left behind", ...coveted });

const trio = privately({ name: "private: three threads, two of which free the third one's blocks", pages: 4, before: firstHas(SMALL, SMALL, SMALL), acts: [trim, both(release(0), leave), both(release(1), leave)] });

export const PRIVATE: readonly Case[] = [
  caseOf(sent, { preemptions: 3 }),
  caseOf(overtaken, { preemptions: 3 }),
  caseOf(adopted, { preemptions: 3 }),
  caseOf(refilled, { preemptions: 3 }),
  caseOf(joined, { preemptions: 3 }),
  caseOf(large, { preemptions: 3 }),
  caseOf(trio, { preemptions: 2 }),
  caseOf(grown, { preemptions: 3 }),
  caseOf(checkedBetween(adopted), { preemptions: 3 }),
  caseOf(wanted, { preemptions: 3 }),
  caseOf(taken(adopted, SMALL), { deaths: 1, preemptions: 0 }),
  caseOf(overtaken, { progress: "alone", preemptions: 1 }),
  caseOf(adopted, { progress: "alone", preemptions: 1 }),
];

/** With wider bounds; for the long run. */
export const PRIVATE_WIDELY: readonly Case[] = [
  caseOf(trio, { preemptions: 4 }),
  ...[sent, overtaken, adopted, refilled, large, grown].map((scenario) => caseOf(scenario)),
  ...[joined, wanted].map((scenario) => caseOf(scenario, { preemptions: 4 })),
  ...[sent, overtaken, adopted, refilled].map((scenario) => caseOf(taken(scenario, SMALL), { deaths: 1, preemptions: 1 })),
  ...[overtaken, adopted].map((scenario) => caseOf(scenario, { progress: "alone", preemptions: 3 })),
];
