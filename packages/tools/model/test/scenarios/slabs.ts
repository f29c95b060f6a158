/**
 * What all scenarios on slabs have in common: slabs on a page source, blocks that were given out before the threads begin,
 * threads that allocate, write to what they got, and free, and what must hold in the end. Then everybody leaves, both
 * layers' checks pass, their reports cover every byte once, and name as live exactly the blocks that nobody has freed.
 */
import { PAGE_BYTES, type Allocator, type Memory, type Region, type Root } from "@heapwright/core";
import { blocksOf, heapOf, type Outcome, type Scenario } from "@heapwright/model";
import { Pages } from "@heapwright/pages";
import { idle } from "./case.js";
import { Hands, nothing, type Act, type Dealings, type OnPages, type SlabThread } from "./hands.js";

export interface Play<Slabs extends Allocator> {
  readonly name: string;
  /** Pages beside the header's. */
  readonly pages: number;
  /** Of the header, 1 unless it is longer than a page. */
  readonly headerPages?: number;
  /** Pages that are backed by memory from the start; all, unless growing is what is looked at. */
  readonly backed?: number;
  make(root: Root, pages: Pages): Slabs;
  /** What a thread does before any begins; the observer, whose number is -1, comes first. @returns blocks */
  before?(slabs: Slabs, index: number, memory: Memory): readonly number[];
  readonly acts: readonly Act<Slabs>[];
  /** What else holds once all are over, and nobody has died. @throws Error when it does not */
  after?(slabs: Slabs): void;
}

const NOTHING: readonly number[] = [];

export function slabScenario<Slabs extends Allocator>(play: Play<Slabs>): Scenario<SlabThread<Slabs>> {
  const { pages, headerPages = 1, backed = pages, acts, before = () => NOTHING } = play;
  const heap = heapOf<OnPages<Slabs>>((root) => {
    const source = new Pages(root);
    return { pages: source, slabs: play.make(root, source) };
  }, acts.length + 2);
  const given: (readonly number[])[] = acts.map(() => NOTHING);
  const specification = blocksOf((bytes) => Math.max(1, bytes));
  return {
    name: play.name,
    memory: { initialBytes: (headerPages + backed) * PAGE_BYTES, maximumBytes: (headerPages + pages) * PAGE_BYTES },
    start(memory, names) {
      const thread = heap.start(memory, names);
      given[acts.length] = before(thread.layers.slabs, -1, memory);
      return thread;
    },
    join(memory, index) {
      const thread = heap.join(memory);
      if (index < acts.length) given[index] = before(thread.layers.slabs, index, memory);
      return thread;
    },
    threads: acts.map((act) => {
      if (act === nothing) return idle;
      return (thread, actor): Dealings => {
        const hands = new Hands(thread, actor, given);
        act(hands);
        return hands;
      };
    }),
    // Notes and details of the page map are cleared plainly while slow threads look at them, by racyLoad; as for large objects.
    isRacedFor: ({ layers }, w) => layers.pages.map.noteWord(0) <= w && w < layers.pages.map.noteWord((headerPages + pages) * PAGE_BYTES),
    end(thread, outcome) {
      judge(thread, outcome, given);
      if (outcome.dead.length === 0) play.after?.(thread.layers.slabs);
    },
    specification: {
      ...specification,
      get initial() {
        return given.flat().map((address) => ({ address, bytes: 1 }));
      },
    },
  };
}

function judge<Slabs extends Allocator>(thread: SlabThread<Slabs>, { things, dead, results }: Outcome<SlabThread<Slabs>>, given: readonly (readonly number[])[]): void {
  things.forEach(({ root, layers }, index) => {
    if (dead.includes(index)) return;
    layers.slabs.leave();
    root.threads.leave();
  });
  const live = adds(thread);
  if (dead.length > 0) return;
  const dealings = results.filter((one): one is Dealings => one !== undefined);
  const left = [...given.flat(), ...dealings.flatMap(({ allocated }) => allocated)];
  for (const address of dealings.flatMap(({ freed }) => freed)) left.splice(left.indexOf(address), 1);
  const wanted = left.sort((a, b) => a - b).join();
  if (live.join() !== wanted) throw new Error(`blocks in use are ${wanted || "none"}, and those reported live ${live.join() || "none"}`);
}

/** Both layers' invariants hold, and their reports cover every byte once. @returns the live blocks in order */
function adds<Slabs extends Allocator>({ memory, layers: { pages, slabs } }: SlabThread<Slabs>): number[] {
  pages.check();
  slabs.check();
  const regions: Region[] = [];
  pages.walk((region) => regions.push(region));
  slabs.walk((region) => regions.push(region));
  let at = 0;
  for (const { address, bytes } of regions.sort((a, b) => a.address - b.address)) {
    if (address !== at) throw new Error(`the reports leave out or repeat what lies at ${Math.min(address, at)}`);
    at += bytes;
  }
  memory.reach(Number.MAX_SAFE_INTEGER);
  if (at !== memory.end) throw new Error(`the reports end at ${at}`);
  return regions.filter(({ state }) => state === "live").map(({ block }) => block);
}

/** Both layers' checks hold, and their reports cover every byte, whenever nobody is inside. */
export function checkedBetween<Slabs extends Allocator>(scenario: Scenario<SlabThread<Slabs>>): Scenario<SlabThread<Slabs>> {
  return { ...scenario, name: `${scenario.name}, checked in between`, quiescent: (thread) => void adds(thread) };
}

/** What a dead thread had in hand comes back while others go on, and whoever sees to that can allocate. */
export function taken<Slabs extends Allocator>(scenario: Scenario<SlabThread<Slabs>>, bytes: number): Scenario<SlabThread<Slabs>> {
  return {
    ...scenario,
    name: `${scenario.name}, a thread is killed anywhere and taken back from`,
    rescuer({ root, layers }, actor, dead) {
      // the observer was the first thread of the heap
      for (const thread of dead) {
        root.threads.reclaim(thread + 2, (id, slot) => {
          layers.slabs.reclaim(id, slot);
          layers.pages.reclaim(id, slot);
        });
      }
      actor.perform("allocate", bytes, () => layers.slabs.allocate(bytes));
    },
  };
}
