/** The page source: spans claimed, released and grown for by two threads, and taken back from dead ones. */
import { PAGE_BYTES, pageNote, type Root } from "@heapwright/core";
import { blocksOf, heapOf, type Actor, type HeapThread, type Scenario } from "@heapwright/model";
import { Pages } from "@heapwright/pages";
import { caseOf, type Case, type Code } from "./case.js";

export type PagesThread = HeapThread<Pages>;

const NOTE = pageNote(1, 1);

const acquire = ({ layers }: PagesThread, actor: Actor, pages: number): number => {
  const address = actor.perform("allocate", pages * PAGE_BYTES, () => layers.acquire(pages * PAGE_BYTES));
  for (let i = 0; i < (address === 0 ? 0 : pages); i++) layers.map.setNote(address + i * PAGE_BYTES, NOTE);
  return address;
};
const release = ({ layers }: PagesThread, actor: Actor, address: number, pages: number): void => {
  if (address !== 0) actor.perform("free", address, () => layers.release(address, pages * PAGE_BYTES));
};
export const acquireAndRelease = (pages: number): Code<PagesThread> => (thread, actor) => {
  release(thread, actor, acquire(thread, actor, pages), pages);
  return true;
};
/** Writes to what it got, plainly: what others got too, or what lies past its views, shows. */
export const acquireAndUse: Code<PagesThread> = (thread, actor) => {
  const address = acquire(thread, actor, 1);
  const { i32 } = actor.memory;
  if (address !== 0) i32[address >>> 2] = actor.index;
  if (address !== 0 && i32[address >>> 2] !== actor.index) throw new Error("somebody else wrote to the page");
  release(thread, actor, address, 1);
  return true;
};
const acquireOnly = (pages: number): Code<PagesThread> => (thread, actor) => acquire(thread, actor, pages) !== 0;
export const extend: Code<PagesThread> = (thread, actor) => {
  const address = acquire(thread, actor, 1);
  const longer = address !== 0 && thread.layers.extend(address, PAGE_BYTES, 2 * PAGE_BYTES);
  if (longer) thread.layers.map.setNote(address + PAGE_BYTES, NOTE);
  release(thread, actor, address, longer ? 2 : 1);
  return true;
};

/** The heap has the header's page and `pages` more. Everybody leaves, and all must add up. */
export function pageScenario(name: string, pages: number, threads: readonly Code<PagesThread>[], make = (root: Root) => new Pages(root)): Scenario<PagesThread> {
  return {
    name,
    memory: { initialBytes: PAGE_BYTES, maximumBytes: (1 + pages) * PAGE_BYTES },
    ...heapOf(make, 5),
    threads,
    end({ layers }, { things, dead }) {
      things.forEach(({ root }, index) => dead.includes(index) || root.threads.leave());
      layers.check();
    },
    specification: blocksOf((bytes) => bytes),
  };
}

/** The observer has all pages of the bitmap's first word but its last; spans of two lie in two words. */
export function acrossWords(scenario: Scenario<PagesThread>): Scenario<PagesThread> {
  const held = 30;
  return {
    ...scenario,
    name: `${scenario.name}, across words`,
    memory: { initialBytes: (1 + held) * PAGE_BYTES, maximumBytes: (1 + held) * PAGE_BYTES + scenario.memory!.maximumBytes! },
    start(memory, names) {
      const thread = scenario.start(memory, names);
      const address = thread.layers.acquire(held * PAGE_BYTES);
      for (let i = 0; i < held; i++) thread.layers.map.setNote(address + i * PAGE_BYTES, NOTE);
      return thread;
    },
  };
}

/** The source's own check holds whenever nobody is inside. */
function checkedBetween(scenario: Scenario<PagesThread>): Scenario<PagesThread> {
  return { ...scenario, name: `${scenario.name}, checked in between`, quiescent: ({ layers }) => layers.check() };
}

/** What the dead had in hand comes back while others go on: once they are done, every page can be had. */
export function rescued(scenario: Scenario<PagesThread>, pages: number): Scenario<PagesThread> {
  return {
    ...scenario,
    // what the dead had is freed by no operation of theirs
    specification: undefined,
    name: `${scenario.name}, and taken back from`,
    rescuer({ root, layers }, _, dead) {
      // the observer was the first thread of the heap
      for (const thread of dead) root.threads.reclaim(thread + 2, (id, slot) => layers.reclaim(id, slot));
    },
    end(thread, outcome) {
      scenario.end?.(thread, outcome);
      const free = (): number => {
        let count = 0;
        thread.layers.walk(({ state, bytes }) => (count += state === "free" ? bytes / PAGE_BYTES : 0));
        return count;
      };
      const noted = (): number => {
        let count = 0;
        for (let page = 1; page <= pages; page++) count += Number(thread.layers.map.noteAt(page * PAGE_BYTES) === NOTE);
        return count;
      };
      const found = free() + noted();
      const backed = Math.floor(thread.memory.end / PAGE_BYTES) - 1;
      if (found !== backed) throw new Error(`${backed} pages, and ${found} of them are free or noted`);
    },
  };
}

const oneAndTwo = [acquireAndRelease(1), acquireAndRelease(2)];
const apart = pageScenario("pages: one against two, acquired and released", 5, oneAndTwo);
const scarce = pageScenario("pages: two threads acquire what is there only once", 2, [acquireAndRelease(2), acquireAndRelease(2)]);

/** Not too large for all schedules there are; for the long run. */
export const PAGES_UNBOUNDED: readonly Case[] = [caseOf(apart), caseOf(scarce)];

export const PAGES: readonly Case[] = [
  caseOf(apart, { preemptions: 3 }),
  caseOf(scarce, { preemptions: 3 }),
  caseOf(pageScenario("pages: two threads grow the memory", 5, [acquireOnly(1), acquireOnly(2)])),
  caseOf(pageScenario("pages: two threads write to what they got", 5, [acquireAndUse, acquireAndUse]), { preemptions: 3 }),
  caseOf(checkedBetween(apart), { preemptions: 3 }),
  caseOf(pageScenario("pages: one is extended while the next is acquired", 5, [extend, acquireAndRelease(1)]), { preemptions: 3 }),
  caseOf(acrossWords(pageScenario("pages: two against two, acquired and released", 4, [acquireAndRelease(2), acquireAndRelease(2)])), { preemptions: 3 }),
  caseOf(pageScenario("pages: three threads", 5, [acquireOnly(1), acquireAndRelease(1), acquireOnly(2)]), { preemptions: 2 }),
  caseOf(apart, { progress: "alone", preemptions: 1 }),
  caseOf(scarce, { progress: "alone", preemptions: 1, steps: 20_000 }),
  caseOf(apart, { spuriousFailures: 1, preemptions: 1 }),
  caseOf(rescued(pageScenario("pages: a thread is killed anywhere", 5, oneAndTwo), 5), { deaths: 1, preemptions: 1 }),
];
