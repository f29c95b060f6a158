/** Large objects: whole pages that grow and shrink in place, and fragments that threads free for each other. */
import { PAGE_BYTES, type Region, type Root } from "@heapwright/core";
import { blocksOf, heapOf, type Actor, type HeapThread, type Scenario } from "@heapwright/model";
import { LargeObjects, Pages } from "@heapwright/pages";
import { caseOf, type Case, type Code } from "./case.js";

interface Large {
  readonly pages: Pages;
  readonly objects: LargeObjects;
  /** One that the observer has made. */
  present: number;
}

type LargeThread = HeapThread<Large>;

/** The header's page, and four more. */
const PAGES = 5;

const allocate = ({ layers }: LargeThread, actor: Actor, bytes: number): number =>
  actor.perform("allocate", bytes, () => layers.objects.allocate(bytes));
const free = ({ layers }: LargeThread, actor: Actor, address: number): void => {
  if (address !== 0) actor.perform("free", address, () => layers.objects.free(address));
};
export const allocateAndFree = (bytes: number): Code<LargeThread> => (thread, actor) => free(thread, actor, allocate(thread, actor, bytes));
const freePresent = (bytes: number): Code<LargeThread> => (thread, actor) => {
  // the observer's was made before any of these
  free(thread, actor, PAGE_BYTES);
  allocate(thread, actor, bytes);
};

/** Grows and shrinks in place while others take the pages behind. Not in words that the specification knows. */
export const resize: Code<LargeThread> = ({ layers: { objects } }) => {
  const address = objects.allocate(PAGE_BYTES);
  const grown = objects.resize(address, 2 * PAGE_BYTES);
  if (objects.usableSize(address) !== (grown ? 2 : 1) * PAGE_BYTES) throw new Error("the size is not what was asked for");
  if (!objects.resize(address, PAGE_BYTES)) throw new Error("it did not shrink");
  objects.free(address);
};

/** @param change what is done to a thread's memory first */
export function largeScenario(name: string, threads: readonly Code<LargeThread>[], presentBytes = 0, change: (root: Root) => void = () => {}): Scenario<LargeThread> {
  const heap = heapOf((root): Large => {
    change(root);
    const pages = new Pages(root);
    return { pages, objects: new LargeObjects(root, pages), present: 0 };
  }, 5);
  return {
    name,
    memory: { initialBytes: PAGE_BYTES, maximumBytes: PAGES * PAGE_BYTES },
    ...heap,
    start(memory, names) {
      const thread = heap.start(memory, names);
      if (presentBytes > 0) thread.layers.present = thread.layers.objects.allocate(presentBytes);
      return thread;
    },
    threads,
    // A page that is released has its entry cleared plainly while slow threads still take it for theirs. They look at the
    // note by racyLoad, and change an entry only by a cas2 of note and detail both, which refuses what they saw.
    isRacedFor: ({ layers }, w) => layers.pages.map.noteWord(0) <= w && w < layers.pages.map.noteWord(PAGES * PAGE_BYTES),
    end(thread, { things, dead }) {
      things.forEach(({ root }, index) => dead.includes(index) || root.threads.leave());
      adds(thread);
    },
  };
}

/** Both layers' invariants hold, and their reports cover every byte once. */
function adds({ memory, layers: { pages, objects } }: LargeThread): void {
  pages.check();
  objects.check();
  const regions: Region[] = [];
  pages.walk((region) => regions.push(region));
  objects.walk((region) => regions.push(region));
  let at = 0;
  for (const { address, bytes } of regions.sort((a, b) => a.address - b.address)) {
    if (address !== at) throw new Error(`the reports leave out or repeat what lies at ${Math.min(address, at)}`);
    at += bytes;
  }
  if (at !== memory.end) throw new Error(`the reports end at ${at}`);
}

const blocks = { specification: blocksOf((bytes) => Math.ceil(bytes / 4096) * 4096) };

/** What a dead thread had in hand comes back while others go on. */
function rescued(scenario: Scenario<LargeThread>): Scenario<LargeThread> {
  return {
    ...scenario,
    name: `${scenario.name}, a thread is killed anywhere and taken back from`,
    rescuer({ root, layers }, _, dead) {
      // the observer was the first thread of the heap
      for (const thread of dead) {
        root.threads.reclaim(thread + 2, (id, slot) => {
          layers.objects.reclaim(id, slot);
          layers.pages.reclaim(id, slot);
        });
      }
    },
  };
}

const pageAgainstPage = largeScenario("large objects: a page against a page", [allocateAndFree(65536), allocateAndFree(65536)]);
const fragments = largeScenario("large objects: fragments of one page", [allocateAndFree(4096), allocateAndFree(8192)]);
const freed = largeScenario("large objects: the last fragment of a page is freed by another thread", [freePresent(4096), allocateAndFree(8192)], 4096);
const resized = largeScenario("large objects: one is resized while others take pages", [resize, allocateAndFree(65536)]);

export const LARGE_OBJECTS: readonly Case[] = [
  caseOf({ ...pageAgainstPage, ...blocks }, { preemptions: 3 }),
  caseOf({ ...fragments, ...blocks }, { preemptions: 3 }),
  caseOf(freed, { preemptions: 3 }),
  caseOf(resized, { preemptions: 3 }),
  caseOf(fragments, { progress: "alone", preemptions: 1 }),
  ...[pageAgainstPage, fragments, freed, resized].map((scenario) => caseOf(rescued(scenario), { deaths: 1, preemptions: 1 })),
];
