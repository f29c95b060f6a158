/** Coalescing heaps for tests: made, joined by a second simulated thread, and watched for what they must always satisfy. */
import { Pages } from "@heapwright/pages";
import { growable, openMemory, Root, type Identity, type Memory, type MemoryHandle, type MemorySource, type Region } from "@heapwright/core";
import { AddressOrdered, BinsAndTries, CoalescingHeap, LeaFit, SizeOrdered, SpanFirstFit, type CoalesceOptions, type FitPolicy } from "../src/index.js";

const IDENTITY: Identity = { preset: "test", options: "{}", maximumThreads: 8 };

export const POLICIES: readonly (readonly [name: string, fit: FitPolicy])[] = [
  ["address-ordered", AddressOrdered],
  ["size-ordered", SizeOrdered],
  ["span first fit", SpanFirstFit],
  ["bins and tries", BinsAndTries],
  ["victim and top", LeaFit],
];

/** One simulated thread's view of a heap. */
export class TestHeap {
  readonly pages: Pages;
  readonly heap: CoalescingHeap;

  constructor(
    readonly root: Root,
    readonly handle: MemoryHandle,
    readonly options: CoalesceOptions,
  ) {
    this.pages = new Pages(root);
    this.heap = new CoalescingHeap(root, this.pages, options);
    root.seal();
  }

  get memory(): Memory {
    return this.root.memory;
  }

  /** A further thread; a copy of the handle's buffer makes it one of a copy of the heap. */
  join(memory: Memory = openMemory(this.handle)): TestHeap {
    return new TestHeap(Root.attach(memory, IDENTITY), this.handle, this.options);
  }

  /** Takes back what a dead thread held, from the top of the heap to its bottom. */
  reclaim(threadId: number): void {
    this.root.threads.reclaim(threadId, (id, slot) => {
      this.heap.reclaim(id, slot);
      this.pages.reclaim(id, slot);
    });
  }

  regions(): Region[] {
    const regions: Region[] = [];
    this.memory.reach(Number.MAX_SAFE_INTEGER);
    this.pages.walk((region) => regions.push(region));
    this.heap.walk((region) => regions.push(region));
    return regions.sort((a, b) => a.address - b.address);
  }

  live(): number[] {
    return this.regions().filter(({ state }) => state === "live").map(({ block }) => block);
  }

  /** Every byte of the buffer is somebody's, exactly once, and the heap's own invariants hold. */
  check(): void {
    this.heap.check();
    this.pages.check();
    let at = this.memory.base;
    for (const region of this.regions()) {
      if (region.address !== at || region.bytes <= 0) throw new Error(`${at}: ${JSON.stringify(region)} does not follow`);
      at += region.bytes;
    }
    if (at !== this.memory.end) throw new Error(`regions end at ${at}, the memory at ${this.memory.end}`);
  }

  /** Whole pages that are in the hands of the heap. */
  pagesHeld(): number {
    let held = 0;
    for (let page = 0; page < this.memory.end; page += 65536) if (this.heap.owns(page)) held++;
    return held;
  }
}

export function makeHeap(options: CoalesceOptions, source: MemorySource = growable({ initial: 65536, maximum: 2 ** 24 })): TestHeap {
  const { handle, zeroFrom } = source.open();
  return new TestHeap(Root.format(openMemory(handle), IDENTITY, zeroFrom), handle, options);
}
