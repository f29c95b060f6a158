import { describe, expect, it } from "vitest";
import { fixed, growable } from "@heapwright/core";
import { LARGEST_PRIVATE_BLOCK } from "../src/index.js";
import { PRIVATE_PAGE } from "../src/private/private-layout.js";
import { liveIn, pagesHeld, privateHeap, type PrivateThread } from "./private-heap.js";

const refused = "is not the address of a block";

describe("one thread", () => {
  it("gets blocks of the class of each size, apart from each other, and nothing larger than it serves", () => {
    const { heap, slabs } = privateHeap(growable({ initial: 65536, maximum: 2 ** 26 }));
    const blocks = new Set<number>();
    for (let bytes = 0; bytes <= LARGEST_PRIVATE_BLOCK; bytes += 97) {
      const block = slabs.allocate(bytes);
      expect(block % 16).toBe(0);
      const usable = slabs.usableSize(block);
      expect(usable).toBeGreaterThanOrEqual(bytes);
      expect(usable - bytes).toBeLessThan(bytes > 8192 ? 4096 : bytes / 4 + 17);
      blocks.add(block);
    }
    expect(blocks.size).toBe(634);
    heap.check();
  });

  it("serves nothing larger than it can, and takes no page for it", () => {
    const { heap, slabs } = privateHeap(growable({ initial: 65536, maximum: 2 ** 26 }));
    for (let bytes = 0; bytes < 8192; bytes += 16) slabs.free(slabs.allocate(bytes));
    const before = heap.stats().mappedBytes;
    const tooLarge = [2 ** 31, 2 ** 32 - 4096, ...Array.from({ length: 32 }, (_, i) => 2 ** 32 - 32 + i)];
    for (let bytes = LARGEST_PRIVATE_BLOCK + 1; bytes < 2 * LARGEST_PRIVATE_BLOCK; bytes += 1) tooLarge.push(bytes);
    expect(tooLarge.filter((bytes) => slabs.allocate(bytes) !== 0)).toEqual([]);
    expect([slabs.allocateAligned(32768, LARGEST_PRIVATE_BLOCK), slabs.allocateAligned(8192, LARGEST_PRIVATE_BLOCK), slabs.allocateAligned(65536, 16)]).toEqual([0, 0, 0]);
    expect(slabs.allocateAligned(32768, 32768) % 32768).toBe(0);
    expect(heap.stats().mappedBytes).toBeLessThanOrEqual(before + 65536);
    heap.check();
  });

  it("gets the lowest free block of the word in use", () => {
    const { slabs } = privateHeap();
    const [a, b] = [slabs.allocate(100), slabs.allocate(100)];
    slabs.free(b);
    slabs.free(a);
    expect([slabs.allocate(100), slabs.allocate(100)]).toEqual([a, b]);
  });

  it("takes one page for a few blocks of many classes", () => {
    const thread = privateHeap();
    for (let bytes = 16; bytes <= 1024; bytes += bytes / 2) expect(thread.slabs.allocate(bytes)).not.toBe(0);
    expect(pagesHeld(thread)).toBe(1);
    thread.heap.check();
  });

  it("gives most of what it does not need back by itself, and all of it when it is told to", () => {
    const thread = privateHeap();
    const blocks = Array.from({ length: 3000 }, (_, i) => thread.slabs.allocate(200 + (i % 7) * 200));
    const most = pagesHeld(thread);
    expect(most).toBeGreaterThan(35);
    for (const block of blocks) thread.slabs.free(block);
    // the slabs in use of seven classes, and a quarter more
    expect(pagesHeld(thread)).toBeLessThanOrEqual(10);
    thread.heap.check();
    thread.slabs.trim();
    expect(pagesHeld(thread)).toBe(1);
    thread.heap.check();
  });

  it("cuts and lengthens blocks of whole units in place, where there is room", () => {
    const { heap, slabs } = privateHeap();
    const block = slabs.allocate(12_000);
    expect(slabs.resize(block, 20_000)).toBe(true);
    expect(slabs.usableSize(block)).toBe(20_480);
    heap.check();
    expect(slabs.resize(block, 9000)).toBe(true);
    const next = slabs.allocate(9000);
    expect(next).toBe(block + 12_288);
    expect(slabs.resize(block, 20_000)).toBe(false);
    expect(slabs.resize(block, 100)).toBe(false);
    heap.check();
    expect(liveIn({ heap } as never)).toEqual([block, next]);
  });

  it("begins a block of whole units behind the page's header, where it needs no more units there", () => {
    const thread = privateHeap();
    const { heap, slabs } = thread;
    const [first, ...others] = Array.from({ length: 5 }, () => slabs.allocate(11_200));
    expect([first % 65536, ...others.map((block) => block - first)]).toEqual([768, 11_520, 23_808, 36_096, 48_384]);
    expect([slabs.usableSize(first), slabs.usableSize(others[0])]).toEqual([11_520, 12_288]);
    expect(pagesHeld(thread)).toBe(1);
    for (const wrong of [first - 768, first - 16, first + 16, first - 768 + 4096]) expect(() => slabs.free(wrong)).toThrow(refused);
    slabs.free(others[0]);
    expect([slabs.resize(first, 23_808), slabs.usableSize(first), slabs.resize(first, 23_809)]).toEqual([true, 23_808, false]);
    heap.check();
    expect([slabs.resize(first, 11_521), slabs.usableSize(first)]).toEqual([true, 15_616]);
    slabs.free(first);
    expect(() => slabs.free(first)).toThrow(refused);
    expect(slabs.allocate(11_521) % 65536).toBe(4096);
    expect([slabs.allocateAligned(256, 11_200) % 65536, slabs.allocateAligned(512, 9000) % 512]).toEqual([768, 0]);
    heap.check();
  });

  it("promises of a short run behind the header only what fits into the units behind", () => {
    const { heap, slabs } = privateHeap(fixed(2 * 65536));
    const promised = (): number => slabs.inspect({ extent: () => undefined, cached: () => undefined });
    expect([promised(), slabs.allocateAligned(4096, 4096) % 65536]).toEqual([60_672, 4096]);
    const units = Array.from({ length: 13 }, () => slabs.allocateAligned(4096, 4096));
    expect(promised()).toBe(0);
    const most: number[] = [];
    for (const freed of [units[0] - 4096, units[0], units[1]]) {
      slabs.free(freed);
      const bytes = promised();
      const block = slabs.allocate(bytes);
      expect(block).not.toBe(0);
      slabs.free(block);
      slabs.trim();
      most.push(bytes);
    }
    expect(most).toEqual([4096, 11_520, 15_616]);
    heap.check();
  });

  it.each([
    { freed: [], most: 0 },
    { freed: [14], most: 4096 },
    { freed: [12, 13, 14], most: 12_288 },
    { freed: [7], most: 0 },
    // another run might have been the last one
    { freed: [2, 3, 4, 9, 10, 11, 12], most: 12_288 },
  ])("promises a thread that must settle in a page that was left behind nothing that it takes for itself: units $freed and the last free", ({ freed, most }) => {
    const first = privateHeap(fixed(2 * 65536));
    // units 1 to 14; the last one is the first thread's, and free once it has left
    const blocks = Array.from({ length: 14 }, () => first.slabs.allocateAligned(4096, 4096));
    for (const unit of freed) first.slabs.free(blocks[unit - 1]);
    first.slabs.leave();
    const second = first.join();
    const promised = second.slabs.inspect({ extent: () => undefined, cached: () => undefined });
    expect(promised).toBe(most);
    expect(promised === 0 || second.slabs.allocate(promised) !== 0).toBe(true);
    second.heap.check();
  });

  it("knows the size of its own blocks by one look, and of nothing else in its pages", () => {
    const { heap, slabs } = privateHeap();
    const kept = Array.from({ length: 40 }, (_, i) => slabs.allocate(16 + i * 90));
    const freed = Array.from({ length: 600 }, (_, i) => slabs.allocate(16 + (i % 50) * 90));
    const large = slabs.allocate(9000);
    for (const block of freed) slabs.free(block);
    slabs.trim();
    const pages = new Set(kept.map((block) => block >>> 16));
    for (const page of pages) {
      for (let address = page * 65536; address < (page + 1) * 65536; address += 8) {
        if (slabs.ownSize(address) !== (kept.includes(address) ? slabs.usableSize(address) : 0)) expect.fail(`a block of ${slabs.ownSize(address)} at ${address}`);
      }
    }
    expect([slabs.ownSize(large), heap.usableSize(large)]).toEqual([0, 12_288]);
    expect(() => heap.usableSize(freed[599])).toThrow(refused);
  });

  it("is refused addresses at which no live block begins", () => {
    const { heap, slabs, memory } = privateHeap();
    const [a, b, c] = [slabs.allocate(100), slabs.allocate(100), slabs.allocate(10_000)];
    slabs.free(b);
    const page = a & -65536;
    for (const wrong of [a + 1, a + 8, a + 16, b, b + 16, c + 16, c + 4096, page, page + 128, page + 61440, page + 65520, memory.end - 16, 2 ** 32 - 16, 64]) {
      expect(() => slabs.free(wrong), String(wrong)).toThrow(refused);
      expect(() => slabs.usableSize(wrong)).toThrow(refused);
      expect(slabs.classAt(wrong)).toBe(-1);
    }
    expect(slabs.classAt(a)).toBeGreaterThan(0);
    heap.check();
  });

  it("aligns by the class, or by whole units", () => {
    const { heap, slabs } = privateHeap();
    for (let alignment = 1; alignment <= 16384; alignment *= 2) {
      for (const bytes of [0, 1, 100, 1000, 5000]) {
        const block = slabs.allocateAligned(alignment, bytes);
        expect(block % alignment).toBe(0);
        expect(block).not.toBe(0);
        expect(slabs.usableSize(block)).toBeGreaterThanOrEqual(bytes);
      }
    }
    heap.check();
  });

  it("serves its classes as blocks in batches", () => {
    const { heap, slabs, memory } = privateHeap();
    const batch = slabs.allocate(400);
    const c = slabs.classAt(slabs.allocate(200));
    const blocks = slabs.blocksOf(c);
    expect(blocks.take(batch, 100)).toBe(100);
    const taken = Array.from(memory.u32.subarray(batch >>> 2, (batch >>> 2) + 100));
    expect(new Set(taken).size).toBe(100);
    for (const block of taken) expect(slabs.classAt(block)).toBe(c);
    blocks.give(batch, 100);
    for (const block of taken) expect(slabs.classAt(block)).toBe(-1);
    heap.check();
  });
});

describe("two threads", () => {
  it("never share a page while both own some", () => {
    const one = privateHeap();
    const two = one.join();
    const [a, b] = [one.slabs.allocate(100), two.slabs.allocate(100)];
    expect(a & -65536).not.toBe(b & -65536);
    one.heap.check();
  });

  it("a producer's memory does not grow while a consumer frees what it makes", () => {
    const producer = privateHeap();
    const consumer = producer.join();
    const inFlight: number[] = [];
    for (let i = 0; i < 40_000; i++) {
      inFlight.push(producer.slabs.allocate(200 + (i % 5) * 100));
      if (inFlight.length > 300) consumer.slabs.free(inFlight.shift()!);
    }
    // 300 blocks of at most 640 bytes are 3 pages; 16 batches of 16 KiB are 4; 5 classes are 5 slabs in use; a fourth more may wait to be found
    expect(pagesHeld(producer)).toBeLessThanOrEqual(20);
    producer.heap.check();
    for (const block of inFlight) consumer.slabs.free(block);
    producer.heap.check();
    expect(liveIn(producer)).toEqual([]);
  });

  it("who frees a block of a page that nobody owns adopts the page, and gives it back when it is empty", () => {
    const one = privateHeap();
    const two = one.join();
    const blocks = Array.from({ length: 1000 }, (_, i) => two.slabs.allocate(50 + i));
    two.heap[Symbol.dispose]();
    one.heap.check();
    const held = pagesHeld(one);
    for (const block of blocks) one.slabs.free(block);
    one.heap.check();
    expect(liveIn(one)).toEqual([]);
    one.slabs.trim();
    expect(held).toBeGreaterThan(8);
    expect(pagesHeld(one)).toBe(1);
  });

  it("what one leaves behind, the other adopts before it acquires more", () => {
    const one = privateHeap();
    const two = one.join();
    const blocks = Array.from({ length: 100 }, () => two.slabs.allocate(600));
    for (const block of blocks.slice(1)) two.slabs.free(block);
    two.heap[Symbol.dispose]();
    expect(one.slabs.allocate(600) & -65536).toBe(blocks[0] & -65536);
    one.heap.check();
    expect(liveIn(one)).toHaveLength(2);
  });

  it("one that only frees does not gather pages whose last blocks others free", () => {
    const home = privateHeap();
    const late: number[] = [];
    let most = 0;
    for (let round = 0; round < 40; round++) {
      const guest = home.join();
      const blocks = Array.from({ length: 300 }, (_, i) => guest.slabs.allocate(100 + ((i * 37) % 900)));
      const free = (thread: PrivateThread, block: number): void => {
        late.push(block);
        if (late.length > 20) thread.slabs.free(late.shift()!);
      };
      for (const block of blocks.slice(0, 150)) free(guest, block);
      guest.heap[Symbol.dispose]();
      for (const block of blocks.slice(150)) free(home, block);
      most = Math.max(most, pagesHeld(home));
      if (round === 10) most = 0;
    }
    home.heap.check();
    expect(most).toBeLessThan(20);
  });

  it("one that leaves with nothing live leaves nothing behind", () => {
    const one = privateHeap();
    const two = one.join();
    for (let bytes = 0; bytes < 28_000; bytes += 1000) two.slabs.free(two.slabs.allocate(bytes));
    two.heap[Symbol.dispose]();
    expect(pagesHeld(one)).toBe(0);
    one.heap.check();
  });

  it("free a block once in all, whoever they are, and wherever it is on its way", () => {
    const one = privateHeap();
    const [two, three] = [one.join(), one.join()];
    const [a, b, c] = [one.slabs.allocate(1000), one.slabs.allocate(1000), one.slabs.allocateAligned(256, 100)];
    two.slabs.free(a);
    one.slabs.free(b);
    three.slabs.free(c);
    for (const round of ["kept", "sent"]) {
      for (const { slabs, heap } of [one, two, three]) {
        for (const block of [a, b, c]) {
          for (const call of ["free", "usableSize"] as const) expect(() => slabs[call](block), `${call}, ${round}`).toThrow(refused);
          expect(() => slabs.resize(block, 100), round).toThrow(refused);
        }
        heap.check();
      }
      if (round === "kept") for (const { slabs } of [two, three]) slabs.trim();
    }
  });

  it("one keeps no more of a page's blocks than the bytes of a batch, whatever their sizes", () => {
    const one = privateHeap();
    const two = one.join();
    two.slabs.allocate(16);
    const kept = (): number => {
      let bytes = 0;
      two.slabs.walk((region) => (bytes += region.state === "cached" && memory.i32[(region.address & -65536) / 4 + PRIVATE_PAGE.remote] === 0 ? region.bytes : 0));
      return bytes;
    };
    const { memory } = one;
    // the larger ones first: a chain's length times its last block says little of it
    const blocks = [12_288, 7168, 5120, 3584, 3072, 2048, 2048, 1024].map((bytes) => one.slabs.allocate(bytes));
    const most = blocks.map((block) => {
      two.slabs.free(block);
      return kept();
    });
    expect(Math.max(...most)).toBeLessThan(16_384);
    two.heap.check();
  });

  it("few atomics are paid for many frees", () => {
    const one = privateHeap();
    const two = one.join();
    const blocks = Array.from({ length: 3200 }, () => one.slabs.allocate(64));
    two.slabs.free(blocks.pop()!);
    let atomics = 0;
    for (const name of ["cas", "load", "add", "exchange", "store"] as const) {
      const method = two.memory[name].bind(two.memory) as (...all: number[]) => never;
      two.memory[name] = (...all: number[]) => {
        atomics++;
        return method(...all);
      };
    }
    for (const block of blocks) two.slabs.free(block);
    expect(atomics / blocks.length).toBeLessThan(0.1);
    one.heap.check();
  });
});

it("ids beyond what a note has room for are told from each other, and from nobody's", () => {
  const made = privateHeap();
  const { i32 } = made.memory;
  const last = i32.findIndex((word, w) => word === 1 && i32[w + 1] === 0 && w > 0 && i32[w + 32] === 1);
  expect(last).toBeGreaterThan(0);
  i32[last] = 2 ** 28 - 3;
  for (let i = 0; i < 4; i++) {
    const thread = made.join();
    const block = thread.slabs.allocate(100);
    thread.heap.check();
    expect(() => made.slabs.free(block + 16)).toThrow(refused);
    thread.slabs.free(block);
    thread.heap.check();
    expect(liveIn(thread)).toEqual([]);
    thread.heap[Symbol.dispose]();
  }
});

describe("exhaustion", () => {
  it("does not make blocks of a class those of a larger one", () => {
    const { heap, slabs, memory } = privateHeap(fixed(2 ** 18));
    const [batch, small] = [slabs.allocate(400), slabs.allocate(64)];
    const blocks: number[] = [];
    for (let block = slabs.allocate(80); block !== 0; block = slabs.allocate(80)) blocks.push(block);
    for (const block of blocks.slice(0, 9)) slabs.free(block);
    const c = slabs.classAt(small);
    const taken = slabs.blocksOf(c).take(batch, 100);
    expect(taken).toBeLessThan(100);
    for (const block of memory.u32.subarray(batch >>> 2, (batch >>> 2) + taken)) expect(slabs.classAt(block)).toBe(c);
    expect(slabs.classAt(slabs.allocate(64))).toBe(c + 1);
    heap.check();
  });

  it("does not make an aligned block one of a larger class that is aligned less", () => {
    const { heap, slabs } = privateHeap(fixed(2 ** 18));
    const blocks: number[] = [];
    for (let block = slabs.allocate(80); block !== 0; block = slabs.allocate(80)) blocks.push(block);
    for (const block of blocks.filter((address) => address % 64 !== 0).slice(0, 9)) slabs.free(block);
    expect(slabs.allocateAligned(64, 64)).toBe(0);
    expect(slabs.allocate(64)).not.toBe(0);
    heap.check();
  });

  it("is answered by 0, and what anybody frees can be allocated again by anybody", () => {
    const one = privateHeap(fixed(2 ** 20));
    const two = one.join();
    const blocks: number[] = [];
    for (let block = one.slabs.allocate(3000); block !== 0; block = one.slabs.allocate(3000)) blocks.push(block);
    expect(two.slabs.allocate(3000)).toBe(0);
    one.heap.check();
    one.slabs.free(blocks[0]);
    expect(one.slabs.allocate(3000)).toBe(blocks[0]);
    // without a page of its own, a thread sends each block by itself
    for (const block of blocks) two.slabs.free(block);
    expect(one.slabs.allocate(20_000)).not.toBe(0);
    one.slabs.trim();
    expect(two.slabs.allocate(3000)).not.toBe(0);
    one.heap.check();
  });
});

it("works above 2 GiB", () => {
  const one = privateHeap(growable({ initial: 65536, maximum: 2 ** 32 }));
  const two = one.join();
  expect(one.heap.malloc(2 ** 31 + 2 ** 20)).not.toBe(0);
  const blocks = Array.from({ length: 1000 }, (_, i) => one.slabs.allocate(i * 7));
  for (const block of blocks) expect(block).toBeGreaterThan(2 ** 31);
  for (const [i, block] of blocks.entries()) (i % 2 === 0 ? one : two).slabs.free(block);
  const again = Array.from({ length: 1000 }, (_, i) => one.slabs.allocate(i * 7));
  expect(again.every((block) => block > 2 ** 31)).toBe(true);
  one.heap.check();
  two.heap[Symbol.dispose]();
  one.heap.check();
});

describe("what a thread keeps", () => {
  it("does not grow with pages that others leave to it with a block each", () => {
    const one = privateHeap();
    for (let i = 0; i < 100; i++) {
      const other = one.join();
      const block = other.slabs.allocate(100);
      other.heap[Symbol.dispose]();
      one.slabs.free(block);
    }
    expect(liveIn(one)).toEqual([]);
    expect(pagesHeld(one)).toBeLessThanOrEqual(4);
    one.heap.check();
  });

  it.each(["small first", "large first"])("is little when blocks of both kinds, side by side, are all freed: %s", (order) => {
    const one = privateHeap();
    const [small, large]: number[][] = [[], []];
    for (let i = 0; i < 100; i++) {
      large.push(one.slabs.allocate(28_000));
      for (let k = 0; k < 8; k++) small.push(one.slabs.allocate(100));
    }
    for (const blocks of order === "small first" ? [small, large] : [large, small]) for (const block of blocks) one.slabs.free(block);
    expect(pagesHeld(one)).toBeLessThanOrEqual(4);
    one.heap.check();
  });
});

it("goes on with its round over a class's slabs, whatever others free in between", () => {
  const one = privateHeap(growable({ initial: 65536, maximum: 2 ** 25 }));
  const other = one.join();
  // so many of a slab that a new one is a whole page, and all stay full, but the one that others free in
  const full = Array.from({ length: 2000 }, () => one.slabs.allocate(1024));
  const returning = full.filter((block) => block >>> 16 === full[400] >>> 16);
  const withOneThatStays = new Set(full.map((block) => block >>> 16));
  const before = pagesHeld(one);
  for (let round = 0; round < 100; round++) {
    other.slabs.free(returning.pop()!);
    other.slabs.trim();
    // for each of these the owner looks at another page, and so comes to what was freed
    for (let page = 0; page < 64; page++) one.slabs.free(one.slabs.allocate(9000));
    for (const block of Array.from({ length: 70 }, () => one.slabs.allocate(1024))) {
      if (block >>> 16 === full[400] >>> 16) returning.push(block);
      else if (withOneThatStays.has(block >>> 16)) one.slabs.free(block);
      else withOneThatStays.add(block >>> 16);
    }
  }
  expect(pagesHeld(one)).toBeLessThanOrEqual((before * 5) / 3 + 1);
  one.heap.check();
});

it("finds what others had freed in a page that it adopts before it forms a slab", () => {
  const one = privateHeap();
  const [gone, other] = [one.join(), one.join()];
  const blocks = Array.from({ length: 100 }, () => gone.slabs.allocate(1024));
  // kept by the other until its owner has gone, and on its page's chain then
  other.slabs.free(blocks[3]);
  gone.heap[Symbol.dispose]();
  other.heap[Symbol.dispose]();
  expect(one.slabs.allocate(1024)).toBe(blocks[3]);
  one.heap.check();
});

it("the words of a thread that has died are metadata no longer, before its pages are anybody's again", () => {
  const one = privateHeap();
  const other = one.join();
  one.slabs.allocate(100);
  other.slabs.allocate(100);
  const metadata = (): number[] => {
    let walked = 0;
    one.slabs.walk(({ bytes, state }) => (walked += state === "metadata" ? bytes : 0));
    return [one.slabs.metadataBytes(), walked];
  };
  const [counted, walked] = metadata();
  expect(counted).toBe(walked);
  one.heap.reclaim(other.heap.threadId);
  const [countedLater, walkedLater] = metadata();
  expect(countedLater).toBe(walkedLater);
  expect(countedLater).toBeLessThan(counted);
  one.heap.check();
});
