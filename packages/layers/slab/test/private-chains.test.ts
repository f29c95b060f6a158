// Blocks of private pages on their way home: what is sent, when an owner looks for it, and what is believed of a chain.
import { fixed, growable, openMemory } from "@heapwright/core";
import { describe, expect, it } from "vitest";
import { PRIVATE_PAGE } from "../src/private/private-layout.js";
import { liveIn, privateHeap, pagesHeld, type PrivateThread } from "./private-heap.js";
import { openSteered } from "./steered-memory.js";

function allocate({ slabs }: PrivateThread, count: number, bytes: number): number[] {
  return Array.from({ length: count }, () => slabs.allocate(bytes));
}

/** Whether anything has arrived at a block's page, and not been collected. */
function hasArrived({ memory }: PrivateThread, block: number): boolean {
  return memory.i32[((block & -65536) >>> 2) + PRIVATE_PAGE.remote] !== 0;
}

describe("a chain", () => {
  it("is sent with 32 blocks, however small they are", () => {
    const one = privateHeap();
    const other = one.join();
    const blocks = allocate(one, 32, 16);
    const sent = blocks.map((block) => {
      other.slabs.free(block);
      return hasArrived(one, block);
    });
    expect(sent.indexOf(true)).toBe(31);
  });

  it("may have all blocks of a page", () => {
    const one = privateHeap();
    const other = one.join();
    const blocks = allocate(one, 3500, 16);
    expect(new Set(blocks.map((block) => block >>> 16)).size).toBe(1);
    for (const block of blocks) other.slabs.free(block);
    other.slabs.trim();
    one.slabs.trim();
    expect(liveIn(one)).toEqual([]);
  });

  it("shows in its blocks only until its owner has collected it, who asks by one look", () => {
    const one = privateHeap();
    const other = one.join();
    const [block] = allocate(one, 1, 1024);
    expect(one.slabs.ownSize(block)).toBe(1024);
    other.slabs.free(block);
    expect(one.slabs.ownSize(block)).toBe(0);
    other.slabs.trim();
    one.slabs.trim();
    expect(one.memory.i32[(block >>> 2) + 1]).toBe(0);
    expect(one.slabs.allocate(1024)).toBe(block);
    expect(one.slabs.ownSize(block)).toBe(1024);
  });

  it("ends where a program has written over it, wherever that leads", () => {
    const one = privateHeap();
    const other = one.join();
    const [first, second, live] = allocate(one, 3, 1024);
    allocate(other, 1, 1024);
    const { i32 } = one.memory;
    for (const wrong of ["live", "foreign", "inside"]) {
      i32[(live >>> 2) + 3] = (live + 8) ^ 0x3ad0b10c;
      for (const block of [first, second]) other.slabs.free(block);
      other.slabs.trim();
      const [foreign] = allocate(other, 1, 1024);
      one.slabs.free(foreign);
      i32[second >>> 2] = { live, foreign, inside: live + 8 }[wrong]!;
      const marked = i32[(foreign >>> 2) + 1];
      one.slabs.trim();
      expect(i32[(foreign >>> 2) + 1]).toBe(marked);
      expect(i32[(live >>> 2) + 3]).toBe((live + 8) ^ 0x3ad0b10c);
      expect(liveIn(one)).toEqual(expect.arrayContaining([live]));
      one.heap.check();
      // what was behind stays live, until it is freed anew
      one.slabs.free(first);
      expect([one.slabs.allocate(1024), one.slabs.allocate(1024)]).toEqual([first, second]);
    }
  });

  it("is sent for a thread that has died, by one that had not seen so much of the memory", () => {
    const one = privateHeap();
    const late = one.join(openMemory(one.handle));
    const [block] = allocate(one, 1, 1024);
    expect(one.heap.malloc(2 ** 22)).not.toBe(0);
    const victim = one.join();
    victim.slabs.free(block);
    expect(late.memory.end).toBeLessThan(one.memory.end);
    late.heap.reclaim(victim.heap.threadId);
    expect(hasArrived(one, block)).toBe(true);
    one.slabs.trim();
    expect(one.slabs.allocate(1024)).toBe(block);
    one.heap.check();
  });
});

describe("an owner", () => {
  it("looks at three of its pages at a time, and at none any more once it has come round", () => {
    const home = privateHeap(growable({ initial: 65536, maximum: 2 ** 24 }));
    const memory = openSteered(home.handle);
    const [one, other] = [home.join(memory), home.join()];
    const [block] = allocate(one, 500, 1024);
    other.slabs.free(block);
    other.slabs.trim();
    const held = pagesHeld(one) - 1;
    let looks = 0;
    memory.beforeStep = (step, w) => (step === "racyLoad" && (w & 16383) === PRIVATE_PAGE.remote ? looks++ : 0);
    const each = Array.from({ length: 10 }, () => {
      looks = 0;
      one.slabs.free(one.slabs.allocate(9000));
      return looks;
    });
    expect(held).toBe(8);
    expect(each).toEqual([3, 3, 2, 0, 0, 0, 0, 0, 0, 0]);
  });

  it("is the one who resizes a block of units", () => {
    const one = privateHeap();
    const other = one.join();
    const [block] = allocate(one, 1, 20_000);
    expect([other.slabs.resize(block, 9000), other.slabs.resize(block, 30_000), one.slabs.usableSize(block)]).toEqual([false, false, 20_480]);
    expect([one.slabs.resize(block, 9000), one.slabs.usableSize(block)]).toEqual([true, 12_288]);
    one.heap.check();
  });

  it("of a page that was left behind is who frees a block there", () => {
    const one = privateHeap();
    const gone = one.join();
    const [first, second] = allocate(gone, 2, 1024);
    allocate(one, 1, 16);
    gone.heap[Symbol.dispose]();
    expect(one.slabs.ownSize(second)).toBe(0);
    one.slabs.free(first);
    expect(one.slabs.ownSize(second)).toBe(1024);
  });
});

describe("a thread without a page", () => {
  it("takes none to trim, when nothing was left behind", () => {
    const one = privateHeap();
    const other = one.join();
    allocate(one, 1, 16);
    other.slabs.trim();
    expect(pagesHeld(one)).toBe(1);
  });

  it("finds no place for its words in a full page, which is nobody's still, and one as soon as a block there is freed", () => {
    const gone = privateHeap(fixed(2 ** 20));
    const [heir, late] = [gone.join(), gone.join()];
    const blocks: number[] = [];
    for (let block = gone.slabs.allocate(3000); block !== 0; block = gone.slabs.allocate(3000)) blocks.push(block);
    const units = blocks.filter((block) => block >>> 16 === blocks[0] >>> 16);
    // which was alone in its slab
    gone.slabs.free(blocks.at(-1)!);
    gone.heap[Symbol.dispose]();
    expect(heir.slabs.allocate(16)).not.toBe(0);
    expect(late.slabs.allocate(16)).toBe(0);
    expect(blocks.filter((block) => late.slabs.ownSize(block) !== 0)).toEqual([]);
    // a whole page, since slabs of it may have any length
    const page = blocks[blocks.length >> 1] >>> 16;
    expect(page).not.toBe(units[0] >>> 16);
    for (const block of blocks.filter((address) => address >>> 16 === page)) late.slabs.free(block);
    expect(late.slabs.allocate(16) >>> 16).toBe(page);
    late.heap.check();
  });
});

it("a block of a slab stays what it is for a quarter of it and more, or when it is small", () => {
  const { slabs } = privateHeap();
  const [large, small] = [slabs.allocate(1024), slabs.allocate(128)];
  expect([1024, 257, 256, 1025].map((bytes) => slabs.resize(large, bytes))).toEqual([true, true, false, false]);
  expect([128, 0, 129].map((bytes) => slabs.resize(small, bytes))).toEqual([true, true, false]);
});
