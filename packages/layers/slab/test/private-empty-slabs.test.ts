// Where slabs of private pages are formed, how long they are, and when empty ones go. Blocks of 1024 bytes: three to the first
// unit of a page, four to each of the others, and slabs of whole pages once a thread has four pages of them.
import { withinTime } from "@heapwright/contract/vitest";
import { fixed, growable, openMemory, PAGE_BYTES, type Extent } from "@heapwright/core";
import { describe, expect, it, vi } from "vitest";
import { PRIVATE_PAGES } from "../src/private/page-ownership.js";
import { PRIVATE_PAGE } from "../src/private/private-layout.js";
import { pagesHeld, privateHeap, type PrivateThread } from "./private-heap.js";

const SIZE = 1024;

function allocate({ slabs }: PrivateThread, count: number, bytes = SIZE): number[] {
  return Array.from({ length: count }, () => slabs.allocate(bytes));
}

/** As many units as blocks, which slabs cannot have. */
function takeUnits({ slabs }: PrivateThread, count: number): number[] {
  return Array.from({ length: count }, () => slabs.allocateAligned(4096, 4096));
}

function free({ slabs }: PrivateThread, blocks: readonly number[]): void {
  for (const block of blocks) slabs.free(block);
}

/** Slabs of a size, in order. */
function slabsOf({ slabs }: PrivateThread, bytes: number): Extent[] {
  const found: Extent[] = [];
  slabs.inspect({ extent: (extent) => extent.use === "blocks" && extent.blockBytes === bytes && found.push(extent), cached: () => undefined });
  return found;
}

function pageOf(block: number): number {
  return block - (block % PAGE_BYTES);
}

/** Allocates until so many pages are full to the last block. */
function fill(one: PrivateThread, pages: number, bytes = SIZE): number[] {
  const blocks: number[] = [];
  const room = (): boolean => {
    let free = 0;
    one.slabs.inspect({ extent: ({ freeBytes }) => (free += freeBytes), cached: () => undefined });
    return free > 0;
  };
  while (pagesHeld(one) < pages || (pagesHeld(one) === pages && room())) blocks.push(one.slabs.allocate(bytes));
  expect(pagesHeld(one)).toBe(pages);
  return blocks;
}

function withFullPages(pages: number): { one: PrivateThread; blocks: number[] } {
  const one = privateHeap();
  return { one, blocks: fill(one, pages) };
}

describe("a slab is formed", () => {
  it("behind the header of the page, where a block has room there", () => {
    const one = privateHeap();
    expect([100, 3328, 4096].map((bytes) => one.slabs.allocate(bytes) % PAGE_BYTES)).toEqual([768, 4096, 8192]);
  });

  it("in what is free in the pages there are, though it be shorter than it would be in a new one", () => {
    const one = privateHeap();
    const [first] = allocate(one, 1, 5 * 4096);
    fill(one, 10);
    one.slabs.free(first);
    expect(allocate(one, 20).map(pageOf)).toEqual(Array.from({ length: 20 }, () => pageOf(first)));
    expect(pagesHeld(one)).toBe(10);
  });

  it("as short as it may be, when memory is full", () => {
    const one = privateHeap(fixed(2 ** 20));
    // slabs of 3072 bytes have three units at least, and are not 16, 8 or 4 here
    const [, ...units] = [one.slabs.allocate(100), ...takeUnits(one, 3)];
    for (let block = one.slabs.allocate(3072); block !== 0; block = one.slabs.allocate(3072));
    free(one, units);
    expect(allocate(one, 4, 3072)).toEqual([0, 1, 2, 3].map((i) => units[0] + i * 3072));
    expect(one.slabs.allocate(3072)).toBe(0);
    one.heap.check();
  });

  it.each([
    { run: 1, bytes: 1500, count: 2 },
    { run: 1, bytes: 3000, count: 1 },
    { run: 2, bytes: 4200, count: 1 },
    { run: 3, bytes: 5000, count: 2 },
  ])("shorter than it should be, when memory is full but for $run units: for $count of $bytes bytes", ({ run, bytes, count }) => {
    const one = privateHeap(fixed(2 ** 20));
    const units: number[] = [];
    for (let [unit] = takeUnits(one, 1); unit !== 0; [unit] = takeUnits(one, 1)) units.push(unit);
    // the first units of the pages, which such blocks cannot have
    while (one.slabs.allocate(3000) !== 0);
    const from = units.findIndex((unit, i) => unit % PAGE_BYTES > 4096 && units[i + run - 1] === unit + (run - 1) * 4096);
    const chosen = units.slice(from, from + run);
    free(one, chosen);
    one.heap.check();
    const [first, last] = [chosen[0], chosen[run - 1]];
    const blocks = allocate(one, count + 1, bytes);
    expect(blocks.map((block) => first <= block && block + bytes <= last + 4096)).toEqual(blocks.map((_, i) => i < count));
    expect(blocks.at(-1)).toBe(0);
    one.heap.check();
    free(one, blocks.slice(0, -1));
    one.slabs.trim();
    expect(takeUnits(one, run + 1)).toEqual([...chosen, 0]);
  });

  it("short, when nothing is left of many of its class", () => {
    const { one, blocks } = withFullPages(10);
    expect(slabsOf(one, SIZE).at(-1)!.bytes).toBeGreaterThan(15 * 4096);
    free(one, blocks);
    one.slabs.trim();
    allocate(one, 1);
    expect(slabsOf(one, SIZE).map(({ bytes }) => bytes)).toEqual([4096 - 768]);
  });

  it("for a fine class only when there are slabs of it, or many of the next one", () => {
    const gone = privateHeap();
    const blocks = allocate(gone, 2000, 576);
    const one = gone.join();
    gone.heap[Symbol.dispose]();
    // adopts a page of slabs of 576 bytes, which it has not formed itself
    one.slabs.free(blocks[1999]);
    expect(one.slabs.allocate(576)).toBe(blocks[1999]);
    expect(one.slabs.usableSize(blocks[1999])).toBe(576);
  });
});

describe("a run of units", () => {
  it("is found in any page, however many have shorter ones", () => {
    const one = privateHeap(growable({ initial: 65536, maximum: 2 ** 26 }));
    // five to a page, behind which, or before which, one unit is left; the first page has the thread's words as well
    const blocks = Array.from({ length: 500 }, () => one.slabs.allocate(12_000));
    const pages = [...new Set(blocks.map(pageOf))];
    expect(pages.length).toBeGreaterThan(99);
    for (const page of pages) {
      const block = blocks.find((address) => pageOf(address) === page)!;
      one.slabs.free(block);
      expect(pageOf(one.slabs.allocate(12_000))).toBe(page);
    }
    expect(pagesHeld(one)).toBe(pages.length);
    one.heap.check();
  });

  it("is found as long as one is left, though other pages leave its list", () => {
    const one = privateHeap(fixed(2 ** 20));
    const blocks: number[] = [];
    for (let block = one.slabs.allocate(12_000); block !== 0; block = one.slabs.allocate(12_000)) blocks.push(block);
    const pages = [...new Set(blocks.map(pageOf))].slice(3, 5);
    const [first, last] = pages.map((page) => blocks.filter((block) => pageOf(block) === page));
    // the page that was there first ends the list of its length until it has more
    free(one, [first[2], last[2]]);
    free(one, first.filter((_, i) => i !== 2));
    expect(pageOf(one.slabs.allocate(61_440))).toBe(pages[0]);
    expect(one.slabs.allocate(12_000)).toBe(last[2]);
    expect(one.slabs.allocate(12_000)).toBe(0);
  });

  it("is no part of the slab any more that was there", () => {
    const one = privateHeap();
    const many = allocate(one, 40);
    const long = slabsOf(one, SIZE).find(({ bytes }) => bytes > 4096 && bytes % 4096 === 0)!;
    const units = long.bytes / 4096;
    free(one, many);
    one.slabs.trim();
    // in their place: blocks of units in all but the first of its units, which has small blocks
    const page = pageOf(long.address);
    const taken = takeUnits(one, 15);
    const [place, ...behind] = Array.from({ length: units }, (_, i) => long.address + i * 4096);
    expect([pageOf(taken[0]), behind.every((address) => taken.includes(address))]).toEqual([page, true]);
    one.slabs.free(place);
    // 208 behind the header
    const small = allocate(one, 208 + 256, 16).filter((address) => address >= place && address < place + 4096);
    expect(small).toHaveLength(256);
    free(one, behind);
    expect(small.map((address) => one.slabs.usableSize(address))).toEqual(small.map(() => 16));
    for (const address of behind) expect(() => one.slabs.free(address)).toThrow("no block that is in use begins there");
    one.heap.check();
  });

  it("is cut from the shortest that is long enough", () => {
    const one = privateHeap();
    const blocks = takeUnits(one, 14 + 4 * 15);
    const pages = [...new Set(blocks.map(pageOf))].slice(1);
    pages.forEach((page, i) => free(one, blocks.filter((block) => pageOf(block) === page).slice(2, 2 + [5, 3, 8, 2][i])));
    expect([12_288, 16_384, 8192].map((bytes) => pageOf(one.slabs.allocate(bytes)))).toEqual([pages[1], pages[0], pages[3]]);
    one.heap.check();
  });
});

describe("empty slabs", () => {
  it.each([
    { pages: 2, emptied: 1, left: 3 },
    { pages: 20, emptied: 1, left: 21 },
    // two pages, of which one is kept
    { pages: 20, emptied: 32, left: 19 },
  ])("go before another page is acquired, if they are more than a sixteenth of all: $emptied units of $pages pages", ({ pages, emptied, left }) => {
    const { one, blocks } = withFullPages(pages);
    const slabs = slabsOf(one, SIZE);
    // not the last one, which is allocated from
    const chosen = emptied === 1 ? slabs.slice(0, 1) : slabs.slice(-3, -1);
    free(one, blocks.filter((block) => chosen.some(({ address, bytes }) => address <= block && block < address + bytes)));
    expect(pagesHeld(one)).toBe(pages);
    allocate(one, 1, 100);
    expect(pagesHeld(one)).toBe(left);
    one.heap.check();
  });

  it("go before another page is acquired for a block of units, too", () => {
    const { one, blocks } = withFullPages(3);
    const pages = [...new Set(blocks.map(pageOf))];
    free(one, blocks.filter((block) => pageOf(block) === pages[1]));
    expect(pageOf(one.slabs.allocate(20_000))).toBe(pages[1]);
    expect(pagesHeld(one)).toBe(3);
  });

  it("stay up to four pages of them, however few pages there are, if memory is not small", () => {
    const one = privateHeap(growable({ initial: 65536, maximum: 2 ** 26 }));
    const sizes = [2048, 1024, 512, 256];
    // 56 units, in six pages
    const blocks = sizes.flatMap((bytes) => allocate(one, (14 * 4096) / bytes, bytes));
    const more = takeUnits(one, 30);
    const slabs = (): number => sizes.flatMap((bytes) => slabsOf(one, bytes)).length;
    const before = slabs();
    free(one, blocks);
    expect([before > 16, slabs()]).toEqual([true, before]);
    const blocksOfMore = [...allocate(one, 400, 128), ...allocate(one, 400, 192)];
    free(one, [...more, ...blocksOfMore]);
    expect(slabs()).toBeLessThan(before);
    one.slabs.trim();
    expect(slabs()).toBe(0);
  });

  it("are no longer counted once they are allocated from: others stay, however often one is emptied and used again", () => {
    const one = privateHeap();
    const [kept] = allocate(one, 3, 2048);
    one.slabs.free(kept);
    expect(slabsOf(one, 2048).map(({ liveBlocks }) => liveBlocks)).toEqual([0, 2]);
    const rounds = [allocate(one, 4), allocate(one, 4)];
    for (let round = 0; round < 100; round++) {
      free(one, rounds[round % 2]);
      rounds[round % 2] = allocate(one, 4);
    }
    expect(slabsOf(one, SIZE)).toHaveLength(2);
    expect(slabsOf(one, 2048)).toHaveLength(2);
  });

  it("of one page are counted once, however often units beside them are used and freed", () => {
    const one = privateHeap();
    takeUnits(one, 14);
    const [first, alone] = allocate(one, 2, 2048);
    const units = takeUnits(one, 15);
    const [next] = allocate(one, 1, 2048);
    expect(new Set([first, alone, next].map(pageOf)).size).toBe(3);
    free(one, [...units, alone]);
    for (let round = 0; round < 10; round++) {
      const [block] = allocate(one, 1, 9000);
      expect(pageOf(block)).toBe(pageOf(alone));
      one.slabs.free(block);
    }
    expect(slabsOf(one, 2048)).toHaveLength(3);
  });

  it("of the page with the thread's words do not count as keeping it", () => {
    const one = privateHeap();
    const home = [...takeUnits(one, 14), ...allocate(one, 1, 2048)];
    const beside = [...allocate(one, 1, 2048), ...takeUnits(one, 15)];
    const [next] = allocate(one, 1, 2048);
    expect([home, beside, [next]].map((blocks) => new Set(blocks.map(pageOf)).size)).toEqual([1, 1, 1]);
    free(one, [...home, ...beside]);
    expect(pagesHeld(one)).toBe(3);
    expect(slabsOf(one, 2048)).toHaveLength(3);
  });

  it("go when there are too many pages that they alone keep, which are counted anew from then on", () => {
    const one = privateHeap(growable({ initial: 65536, maximum: 2 ** 26 }));
    takeUnits(one, 14);
    const [first] = allocate(one, 1, 2048);
    // in slabs of one unit, then of two, which have room for one block and for three
    const pages = [1, 1, 1, 2, 2].map((units) => [...allocate(one, 2 * units - 1, 2048), ...takeUnits(one, 16 - units)]);
    const [next] = allocate(one, 1, 2048);
    expect(new Set([first, ...pages.flat(), next].map(pageOf)).size).toBe(7);
    free(one, pages.slice(1).flat());
    expect(pagesHeld(one)).toBe(7);
    free(one, pages[0]);
    // of the five pages four are kept
    expect(pagesHeld(one)).toBe(6);
    expect(slabsOf(one, 2048)).toHaveLength(2);
    one.slabs.free(first);
    expect(slabsOf(one, 2048).map(({ liveBlocks }) => liveBlocks)).toEqual([0, 1]);
  });

  it("stay while blocks of another slab are allocated and freed in turn: the one in use is not counted", () => {
    const one = privateHeap();
    const [kept] = allocate(one, 3, 2048);
    one.slabs.free(kept);
    for (let round = 0; round < 100; round++) free(one, allocate(one, 1));
    expect(slabsOf(one, 2048)).toHaveLength(2);
  });

  it("are known by their last block, whatever the slab behind them holds", () => {
    const one = privateHeap();
    // 208 in the first unit, and 256, as many as there are bits, in each of the next two; behind them something else
    const blocks = allocate(one, 208 + 256 + 1, 16);
    const [behind] = allocate(one, 1, 4096);
    expect(blocks.slice(208).map((block) => (block % PAGE_BYTES) >>> 12)).toEqual([...Array.from({ length: 256 }, () => 1), 2]);
    expect(behind % PAGE_BYTES).toBe(3 * 4096);
    free(one, blocks.slice(208, 464));
    one.slabs.trim();
    expect(slabsOf(one, 16).map(({ liveBlocks }) => liveBlocks)).toEqual([208, 1]);
  });
});

describe("empty pages", () => {
  it.each([{ mib: 16, kept: 1 }, { mib: 17, kept: 2 }, { mib: 64, kept: 4 }, { mib: 1024, kept: 4 }])("stay, at most four: in a memory of $mib MiB $kept", ({ mib, kept }) => {
    const one = privateHeap(growable({ initial: 65536, maximum: mib * 2 ** 20 }));
    const units = takeUnits(one, 14 + 15 * 8);
    expect(pagesHeld(one)).toBe(9);
    free(one, units);
    expect(pagesHeld(one)).toBe(1 + kept);
    one.slabs.tidy();
    expect(pagesHeld(one)).toBe(1);
    one.heap.check();
  });

  it("are not looked for on a list that a program has overwritten", () => {
    const one = privateHeap(growable({ initial: 65536, maximum: 2 ** 26 }));
    free(one, takeUnits(one, 14 + 15 * 3));
    const held = pagesHeld(one);
    expect(held).toBe(4);
    one.memory.i32[one.slabs["row"].open(16)] = 0;
    withinTime(1000, () => one.slabs.tidy());
    expect(pagesHeld(one)).toBe(held);
  });
});

describe("what a list of pages says that a program has overwritten", () => {
  it.each(["a page in which something is live", "a page of another thread", "no page"])("is not believed: %s as an empty one", (what) => {
    const one = privateHeap(growable({ initial: 65536, maximum: 2 ** 26 }));
    const other = one.join();
    const [live, foreign] = [...allocate(one, 1, 100), ...allocate(other, 1, 100)];
    free(one, takeUnits(one, 14 + 15 * 3));
    const held = pagesHeld(one);
    one.memory.i32[one.slabs["row"].open(16)] = what === "no page" ? 64 : pageOf(what === "a page of another thread" ? foreign : live);
    one.slabs.tidy();
    expect(pagesHeld(one)).toBe(held);
    expect([one.slabs.usableSize(live), one.slabs.usableSize(foreign)]).toEqual([112, 112]);
  });

  it("does not lead round a circle for ever", () => {
    const one = privateHeap(fixed(2 ** 20));
    const units: number[] = [];
    for (let [unit] = takeUnits(one, 1); unit !== 0; [unit] = takeUnits(one, 1)) units.push(unit);
    const page = pageOf(units[40]);
    // two units side by side, but no two that are so aligned
    free(one, units.filter((unit) => unit === page + 5 * 4096 || unit === page + 6 * 4096));
    one.memory.i32[(page >>> 2) + PRIVATE_PAGE.openNext] = page;
    withinTime(1000, () => expect(one.slabs.allocateAligned(8192, 8192)).toBe(0));
  });
});

describe("an empty page", () => {
  it("is kept, but only as long as it is empty, and no second one", () => {
    const one = privateHeap();
    takeUnits(one, 14);
    const pages = [takeUnits(one, 15), takeUnits(one, 15)];
    expect(pagesHeld(one)).toBe(3);
    free(one, pages[0]);
    expect(pagesHeld(one)).toBe(3);
    free(one, pages[1]);
    expect(pagesHeld(one)).toBe(2);
    const [again] = takeUnits(one, 1);
    one.slabs.tidy();
    expect(one.slabs.owns(again)).toBe(true);
    expect(pagesHeld(one)).toBe(2);
    one.heap.check();
  });

  it("that a dead thread leaves behind goes back when somebody trims", () => {
    const one = privateHeap();
    const victim = one.join();
    allocate(one, 1);
    free(victim, allocate(victim, 400));
    expect(pagesHeld(one)).toBeGreaterThan(2);
    one.heap.reclaim(victim.heap.threadId);
    one.slabs.trim();
    expect(pagesHeld(one)).toBe(1);
    expect(one.memory.i32[one.slabs["ownership"].sums + PRIVATE_PAGES.abandoned]).toBe(0);
    one.heap.check();
  });
});

describe("abandoned pages, where a death has left their count too high,", () => {
  /** Has one more counted than there are. */
  function miscounted(): { one: PrivateThread; count: number; looks: () => number } {
    const one = privateHeap();
    const ownership = one.slabs["ownership"];
    const count = ownership.sums + PRIVATE_PAGES.abandoned;
    const isAbandoned = vi.spyOn(ownership, "isAbandoned");
    one.memory.add(count, 1);
    return { one, count, looks: () => isAbandoned.mock.calls.length };
  }

  it("are not looked for each time that something is needed", () => {
    const { one, looks } = miscounted();
    takeUnits(one, 3000);
    expect(pagesHeld(one)).toBeGreaterThan(150);
    // as long as there are as many pages, twice as many look at each once; a search each time looks at 20,000
    expect(looks()).toBeGreaterThan(0);
    expect(looks()).toBeLessThan(2000);
  });

  it("are found at once when another is counted", () => {
    const { one } = miscounted();
    const guest = one.join();
    const [left] = takeUnits(guest, 1);
    takeUnits(one, 20);
    guest.heap[Symbol.dispose]();
    const taken = takeUnits(one, 16);
    expect(taken.map(pageOf)).toContain(pageOf(left));
  });

  it("are found in the end, though as many are counted as when there was none", () => {
    const { one, count } = miscounted();
    const guest = one.join();
    const [left] = takeUnits(guest, 1);
    takeUnits(one, 20);
    guest.heap[Symbol.dispose]();
    one.memory.add(count, -1);
    const pages = one.memory.end / PAGE_BYTES;
    expect(takeUnits(one, 16 * (pages + 2)).map(pageOf)).toContain(pageOf(left));
  });
});

describe("before it says that there is no memory, a thread", () => {
  it("looks into all of its pages for a run of units", () => {
    const one = privateHeap(fixed(50 * PAGE_BYTES));
    const units: number[] = [];
    for (let [block] = takeUnits(one, 1); block !== 0; [block] = takeUnits(one, 1)) units.push(block);
    const pages = [...new Set(units.map(pageOf))];
    expect(pages.length).toBeGreaterThan(40);
    // first the page whose two units are not where a block of them is aligned, which so comes last among those with two
    for (const page of pages) free(one, units.filter((block) => pageOf(block) === page).slice(...(page === pages[0] ? [3, 5] : [4, 6])));
    expect(pageOf(one.slabs.allocateAligned(8192, 8192))).toBe(pages[0]);
    expect(one.slabs.allocateAligned(8192, 8192)).toBe(0);
  });

  it("gives pages back that others have emptied, and gets one of them for a block of units", () => {
    const one = privateHeap(fixed(2 ** 20));
    const other = one.join();
    allocate(other, 1);
    const blocks: number[] = [];
    for (let [block] = allocate(one, 1); block !== 0; [block] = allocate(one, 1)) blocks.push(block);
    // not among the pages that are looked at anyhow
    const page = [...new Set(blocks.map(pageOf))].at(-3);
    free(other, blocks.filter((block) => pageOf(block) === page));
    other.slabs.trim();
    expect(one.slabs.allocate(60_000)).not.toBe(0);
    one.heap.check();
  });

  it("does not search for ever in a ring of slabs that a program has overwritten", () => {
    const one = privateHeap(fixed(2 ** 20));
    for (let [block] = allocate(one, 1); block !== 0; [block] = allocate(one, 1));
    const slab = slabsOf(one, SIZE)[2].address;
    const page = pageOf(slab);
    one.memory.i32[(page >>> 2) + PRIVATE_PAGE.links + ((slab - page) >>> 12) * 2] = slab;
    withinTime(1000, () => expect(one.slabs.allocate(SIZE)).toBe(0));
    withinTime(1000, () => one.slabs.trim());
  });
});

describe("a thread that looks for a free block", () => {
  it("looks at eight of its slabs before it forms one", () => {
    const firsts = slabsOf(withFullPages(20).one, SIZE).map(({ address }) => address);
    // the last one is in use, and looked at before
    const found = firsts.slice(0, -1).filter((first) => {
      const { one } = withFullPages(20);
      one.slabs.free(first);
      return one.slabs.allocate(SIZE) === first;
    });
    expect(firsts.length).toBeGreaterThan(20);
    expect(found).toHaveLength(8);
  });

  it("finds one at the beginning of the slab in use, however many others there are", () => {
    const one = privateHeap();
    const blocks = fill(one, 5, 64);
    const [block] = blocks.filter((address) => pageOf(address) === pageOf(blocks.at(-1)!));
    one.slabs.free(block);
    expect(one.slabs.allocate(64)).toBe(block);
  });

  it("finds one in a page that it has just adopted, however many full slabs it has", () => {
    const { one } = withFullPages(20);
    const gone = one.join();
    const [, block] = allocate(gone, 2);
    gone.slabs.free(block);
    gone.heap[Symbol.dispose]();
    expect(allocate(one, 1)).toEqual([block]);
  });

  it("adopts a page behind what it has seen of the memory, and tells the size of a block there", () => {
    const one = privateHeap();
    const [gone, late] = [one.join(openMemory(one.handle)), one.join(openMemory(one.handle))];
    fill(one, 1);
    const { end } = one.memory;
    const blocks = [gone.heap.malloc(4 * 2 ** 20), ...allocate(gone, 2)];
    expect(blocks[1]).toBeGreaterThan(end);
    expect(one.memory.end).toBe(end);
    expect(late.memory.end).toBeLessThan(blocks[1]);
    expect(late.slabs.usableSize(blocks[1])).toBe(SIZE);
    gone.heap[Symbol.dispose]();
    expect(pageOf(one.slabs.allocate(SIZE))).toBe(pageOf(blocks[1]));
  });
});
