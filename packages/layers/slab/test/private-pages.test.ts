// Pages of private slabs in the moments in which they are nobody's, or not yet another's; and what is in them besides blocks.
import { growable, InvalidAddressError, PAGE_BYTES } from "@heapwright/core";
import { describe, expect, it } from "vitest";
import { Copies, SteppedMemory } from "../../coalesce/test/stepped-memory.js";
import { liveIn, privateHeap, type PrivateThread } from "./private-heap.js";

const FILL = 0xab;

/** A page of somebody else's, full of a pattern. */
function takePage({ heap, memory }: PrivateThread): number {
  const page = heap.malloc(PAGE_BYTES);
  memory.reach(page + PAGE_BYTES - 1);
  memory.fill(page, PAGE_BYTES, FILL);
  return page;
}

function isIntact({ memory }: PrivateThread, address: number, bytes = PAGE_BYTES): boolean {
  return memory.u8.subarray(address, address + bytes).every((byte) => byte === FILL);
}

function pageOf(block: number): number {
  return block - (block % PAGE_BYTES);
}

function allocateMany({ slabs }: PrivateThread, count: number, bytes: number): number[] {
  return Array.from({ length: count }, () => slabs.allocate(bytes));
}

describe("an address in the header of a page", () => {
  it("is refused, whatever lies further up in the heap", () => {
    const one = privateHeap(growable({ initial: 2 ** 26, maximum: 2 ** 26 }));
    const blocks = new Set([16, 48, 112, 200, 500, 1000, 2000, 4000].flatMap((bytes) => allocateMany(one, 70_000 / bytes, bytes)));
    const bytes = 2 ** 25 + 2 ** 24;
    const large = one.heap.malloc(bytes);
    one.memory.fill(large, bytes, FILL);
    for (const page of new Set([...blocks].map(pageOf))) {
      for (let address = page; address < page + 1024; address += 8) {
        if (!blocks.has(address)) expect(() => one.slabs.free(address), `${address - page} of page ${page}`).toThrow(InvalidAddressError);
      }
    }
    expect(isIntact(one, large, bytes)).toBe(true);
    one.heap.check();
  });
});

describe("a thread that dies while it leaves", () => {
  it("leaves no page that is both adopted and taken back", () => {
    const made = privateHeap();
    const copies = new Copies(made.handle);
    for (let at = 0, died = true; died; at++) {
      const handle = copies.next();
      const [dying, reclaiming] = [SteppedMemory.open(handle), SteppedMemory.open(handle)];
      const [victim, reclaimer, other] = [made.join(dying), made.join(reclaiming), made.join(SteppedMemory.open(handle))];
      const [, ...blocks] = allocateMany(victim, 40, 3000);
      for (const block of blocks) victim.slabs.free(block);
      const mine = allocateMany(other, 1, 16);
      died = dying.dieAt(at, () => victim.heap[Symbol.dispose]());
      if (!died) break;
      let steps = 0;
      const overtake = (): void => {
        if (steps++ % 10 !== 0 || mine.length > 200) return;
        reclaiming.onStep = undefined;
        mine.push(...allocateMany(other, 4, 8000));
        reclaiming.onStep = overtake;
      };
      reclaiming.onStep = overtake;
      reclaimer.heap.reclaim(victim.heap.threadId);
      reclaiming.onStep = undefined;
      for (let i = 0; i < 20; i++) takePage(reclaimer);
      other.heap.check();
      expect(liveIn(other)).toEqual(expect.arrayContaining(mine));
    }
  });
});

describe("a thread that collects what others have freed", () => {
  it("does not touch a page that it has given back meanwhile", () => {
    const made = privateHeap();
    const copies = new Copies(made.handle);
    for (let at = 400, reached = true; reached; at++) {
      const handle = copies.next();
      const memory = SteppedMemory.open(handle);
      const [owner, freer] = [made.join(memory), made.join(SteppedMemory.open(handle))];
      const blocks = allocateMany(owner, 200, 3000);
      const pages = [...new Set(blocks.map(pageOf))];
      const inPage = (index: number): number[] => blocks.filter((block) => pageOf(block) === pages[index]);
      // two pages are empty, and stay; with what has been freed in a third one there are too many
      for (const block of [...inPage(7), ...inPage(8)]) owner.slabs.free(block);
      for (const block of inPage(3)) freer.slabs.free(block);
      freer.heap[Symbol.dispose]();
      const next = made.join(SteppedMemory.open(handle));
      let taken: number[] = [];
      reached = memory.runUntil(at, () => (taken = [1, 2, 3].map(() => takePage(next))), () => owner.slabs.trim());
      expect(taken.every((page) => isIntact(next, page)), `at ${at}`).toBe(true);
      next.heap.check();
    }
  });
});

describe("a heap that is full of what a thread has left behind", () => {
  it.each([0, 16])("serves another one when that is freed, but for %i blocks", (kept) => {
    const first = privateHeap(growable({ initial: 2 ** 20, maximum: 2 ** 20 }));
    const heir = first.join();
    const blocks: number[] = [];
    for (let block = first.slabs.allocate(3000); block !== 0; block = first.slabs.allocate(3000)) blocks.push(block);
    first.heap[Symbol.dispose]();
    expect(heir.slabs.allocate(3000)).toBe(0);
    heir.heap.check();
    for (const block of blocks.slice(kept)) heir.slabs.free(block);
    const again = allocateMany(heir, blocks.length - kept - 40, 3000);
    expect(again).not.toContain(0);
    heir.heap.check();
    for (const block of [...blocks.slice(0, kept), ...again]) heir.slabs.free(block);
    expect(heir.heap.malloc(2 ** 19)).not.toBe(0);
    heir.heap.check();
    expect(liveIn(heir)).toHaveLength(1);
  });

  it("leaves the headers of its pages alone, when nothing else in them is free", () => {
    const first = privateHeap(growable({ initial: 2 ** 20, maximum: 2 ** 20 }));
    const [heir, late] = [first.join(), first.join()];
    const blocks: number[] = [];
    for (let block = first.slabs.allocateAligned(4096, 4096); block !== 0; block = first.slabs.allocateAligned(4096, 4096)) blocks.push(block);
    first.heap[Symbol.dispose]();
    // where the words of the first thread were, there is room for those of one more
    expect(heir.slabs.allocate(100)).not.toBe(0);
    expect(late.slabs.allocate(100)).toBe(0);
    late.heap.check();
    expect(liveIn(late)).toEqual(expect.arrayContaining(blocks));
  });
});
