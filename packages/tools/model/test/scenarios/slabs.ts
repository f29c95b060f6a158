/**
 * What all scenarios on slabs have in common: slabs on a page source, blocks that were given out before the threads begin,
 * threads that allocate, write to what they got, and free, and what must hold in the end. Then everybody leaves, both
 * layers' checks pass, their reports cover every byte once, and name as live exactly the blocks that nobody has freed.
 */
import { PAGE_BYTES, type Allocator, type Region, type Root } from "@heapwright/core";
import { blocksOf, heapOf, type Actor, type HeapThread, type Outcome, type Scenario } from "@heapwright/model";
import { Pages } from "@heapwright/pages";

interface OnPages<Slabs extends Allocator> {
  readonly pages: Pages;
  readonly slabs: Slabs;
}

export type SlabThread<Slabs extends Allocator> = HeapThread<OnPages<Slabs>>;

/** What a thread has done to blocks, once it is over. */
interface Dealings {
  readonly allocated: readonly number[];
  readonly freed: readonly number[];
}

/** A thread's way to the slabs: each call is an operation that the specification knows. */
class Hands<Slabs extends Allocator> implements Dealings {
  readonly allocated: number[] = [];
  readonly freed: number[] = [];

  constructor(
    readonly thread: SlabThread<Slabs>,
    private readonly actor: Actor,
    /** By thread, blocks that were allocated before it began; the observer's are the last. */
    readonly given: readonly (readonly number[])[],
  ) {}

  get slabs(): Slabs {
    return this.thread.layers.slabs;
  }

  /** A block that is written to, or 0. */
  allocate(bytes: number): number {
    const address = this.actor.perform("allocate", bytes, () => this.slabs.allocate(bytes));
    if (address === 0) return 0;
    this.allocated.push(address);
    this.thread.memory.i32[address >>> 2] = this.actor.index + 1;
    return address;
  }

  /** @throws Error when a block of this thread's is no longer as it was left */
  free(address: number): void {
    if (address === 0) return;
    const { memory } = this.thread;
    memory.reach(address);
    if (this.allocated.includes(address) && memory.i32[address >>> 2] !== this.actor.index + 1) throw new Error(`somebody wrote to the block at ${address}`);
    this.freed.push(address);
    this.actor.perform("free", address, () => this.slabs.free(address));
  }
}

export type Act<Slabs extends Allocator> = (hands: Hands<Slabs>) => void;

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
  before?(slabs: Slabs, index: number): readonly number[];
  readonly acts: readonly Act<Slabs>[];
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
      given[acts.length] = before(thread.layers.slabs, -1);
      return thread;
    },
    join(memory, index) {
      const thread = heap.join(memory);
      if (index < acts.length) given[index] = before(thread.layers.slabs, index);
      return thread;
    },
    threads: acts.map((act) => (thread, actor): Dealings => {
      const hands = new Hands(thread, actor, given);
      act(hands);
      return hands;
    }),
    // Notes and details of the page map are cleared plainly while slow threads look at them, by racyLoad; as for large objects.
    isRacedFor: ({ layers }, w) => layers.pages.map.noteWord(0) <= w && w < layers.pages.map.noteWord((headerPages + pages) * PAGE_BYTES),
    end: (thread, outcome) => judge(thread, outcome, given),
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
  if (at !== memory.end) throw new Error(`the reports end at ${at}`);
  return regions.filter(({ state }) => state === "live").map(({ block }) => block);
}

/** What a dead thread had in hand comes back while others go on, and whoever sees to that can allocate. */
export function taken<Slabs extends Allocator>(scenario: Scenario<SlabThread<Slabs>>, bytes: number): Scenario<SlabThread<Slabs>> {
  return {
    ...scenario,
    name: `${scenario.name}, a thread is killed anywhere and taken back from`,
    rescuer({ root, layers }, actor, dead) {
      // the observer was the first thread of the heap
      for (const id of dead.map((thread) => thread + 2)) {
        root.threads.reclaim(id, (slot) => {
          layers.slabs.reclaim(id, slot);
          layers.pages.reclaim(id, slot);
        });
      }
      actor.perform("allocate", bytes, () => layers.slabs.allocate(bytes));
    },
  };
}
