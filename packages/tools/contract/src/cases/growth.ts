/**
 * The buffer becomes longer in one thread while others still look through views of the old length: a plain write past
 * such a view vanishes, a plain read gives nothing. Whatever another thread hands over must be found all the same.
 */
import type { Heap } from "@heapwright/core";
import { casesOf } from "../contract-case.js";
import type { Context } from "../context.js";
import { demandZero } from "../ledger.js";
import { smearIn } from "../stamp.js";
import { ContractViolation, demand, demandEqual } from "../violation.js";

/** Room at first for next to nothing, so that growth happens all the time. */
const TINY = { initial: 65536, maximum: 2 ** 24 };

/** Holds blocks of `grower` until one lies behind `end`; then all memory below it is in use, or kept for small blocks. */
function fillUpTo(context: Context, grower: Heap, end: number, held: number[]): void {
  for (let address = 0; context.grows && address < end; held.push(address)) {
    address = grower.malloc(Math.min(30_000, context.abilities.largestBlock));
    demand(address !== 0, "the heap is full before it has grown");
  }
}

/** A block of `grower` that lies, where the heap grows, behind the views that `stale` has. */
function blockBeyond(context: Context, grower: Heap, stale: Heap, size: number, held: number[]): number {
  const { end } = stale.memory;
  fillUpTo(context, grower, end, held);
  // as many as all of memory has room for: a heap may have taken any part of it at once, for such blocks alone
  const most = grower.memory.maximumBytes / size;
  for (let i = 0; i < most; i++) {
    const address = grower.malloc(size);
    demand(address !== 0, () => `malloc(${size}) answered 0 after ${i} blocks`);
    if (address >= end || !context.grows) return address;
    held.push(address);
  }
  throw new ContractViolation(`${most} blocks of ${size} bytes, and none lies behind the first ${end} bytes`);
}

/** Runs `use` with blocks of several sizes that lie beyond the views of `stale`, which is new each time. */
function eachBeyond(context: Context, use: (grower: Heap, stale: Heap, address: number, size: number) => void): void {
  for (const size of [16, 500, 3000, 20_000, 100_000].filter((one) => context.serves(one))) {
    const grower = context.heap(TINY);
    const held: number[] = [];
    for (let i = 0; i < 3; i++) {
      const stale = context.attach(grower);
      const address = blockBeyond(context, grower, stale, size, held);
      use(grower, stale, address, size);
      stale[Symbol.dispose]();
    }
    grower.check();
    for (const address of held) grower.free(address);
  }
}

export const GROWTH_CASES = casesOf("growth", {
  "a heap that may grow grows, and one that may not stays": (context) => {
    const heap = context.heap(TINY);
    const before = heap.memory.buffer.byteLength;
    const ledger = context.ledger();
    for (let i = 0; i < 60; i++) ledger.malloc(heap, Math.min(50_000, context.abilities.largestBlock));
    demandEqual(heap.memory.buffer.byteLength > before, context.grows, "the buffer became longer");
    if (context.abilities.growth) demandEqual(ledger.count, 60, "blocks that were served");
    ledger.prove(heap);
  },
  "the buffer never grows beyond the heap's maximum": (context) => {
    const heap = context.heap({ initial: 65536, maximum: 2 ** 22 });
    while (heap.malloc(Math.min(30_000, context.abilities.largestBlock)) !== 0);
    demand(heap.memory.buffer.byteLength <= heap.memory.maximumBytes, `${heap.memory.buffer.byteLength} bytes`);
  },
  "an address beyond one's views is freed": (context) => {
    eachBeyond(context, (grower, stale, address) => {
      stale.free(address);
      grower.check();
    });
  },
  "an address beyond one's views is measured": (context) => {
    eachBeyond(context, (grower, stale, address, size) => {
      demand(stale.usableSize(address) >= size, `usableSize ${stale.usableSize(address)} of ${size} bytes`);
      demandEqual(stale.usableSize(address), grower.usableSize(address), "usableSize through short views");
      grower.free(address);
    });
  },
  "a block beyond one's views is resized with its contents": (context) => {
    for (const to of [1, 600, 15_000]) {
      eachBeyond(context, (grower, stale, address, size) => {
        if (!context.serves(to)) return;
        const ledger = context.ledger();
        ledger.accept(grower, address, size, context.abilities.alignment);
        stale.free(ledger.realloc(stale, address, to));
      });
    }
  },
  "a block that one's own malloc finds beyond one's views is whole": (context) => {
    eachBeyond(context, (grower, stale, address, size) => {
      grower.free(address);
      const ledger = context.ledger();
      ledger.malloc(stale, size);
      demand(ledger.count === 1, `no block of ${size} bytes through short views`);
      ledger.freeAll(grower);
    });
  },
  "a block zeroed through short views is zero": (context) => {
    eachBeyond(context, (grower, stale, address, size) => {
      grower.memory.reach(address + size - 1);
      grower.memory.u8.fill(0xff, address, address + size);
      grower.free(address);
      const zeroed = stale.calloc(1, size);
      demandZero(grower, zeroed, size);
      grower.free(zeroed);
    });
  },
  "an aligned block is freed and found again through short views": (context) => {
    eachBeyond(context, (grower, stale, address, size) => {
      const ledger = context.ledger();
      grower.free(address);
      const aligned = ledger.alignedAlloc(grower, 1024, size);
      if (aligned === 0) return;
      ledger.free(stale, aligned);
      ledger.freeAll(grower);
    });
  },
  "what is written into a block reaches all, whoever grew the buffer": (context) => {
    const heap = context.heap({ ...TINY, threads: 4 });
    const all = [heap, context.attach(heap), context.attach(heap)];
    const ledger = context.ledger();
    for (let i = 0; i < 600; i++) {
      ledger.malloc(all[i % 3], Math.min((i * 211) % 9000, context.abilities.largestBlock));
      if (i % 4 === 3) ledger.free(all[(i + 1) % 3], ledger.at(i).address);
      if (i % 5 === 4) ledger.realloc(all[(i + 2) % 3], ledger.at(i * 3).address, (i * 307) % 6000);
      if (ledger.count === 0) ledger.malloc(heap, 1);
    }
    for (const one of all) ledger.prove(one);
    ledger.freeAll(all[2]);
    for (const one of all.slice(1)) one[Symbol.dispose]();
  },
  "walk, check and figures through short views are those of the whole heap": (context) => {
    const heap = context.heap(TINY);
    const stale = context.attach(heap);
    const ledger = context.ledger();
    for (let i = 0; i < 50; i++) ledger.malloc(heap, Math.min(30_000, context.abilities.largestBlock));
    demandEqual(stale.stats().bufferBytes, heap.stats().bufferBytes, "bufferBytes through short views");
    ledger.prove(stale);
    stale[Symbol.dispose]();
  },
  "an address beyond the buffer stays invalid for one with short views": (context) => {
    const heap = context.heap(TINY);
    const stale = context.attach(heap);
    const address = heap.malloc(100);
    demandEqual(smearIn(stale.memory, address, 0, 1), -1, "an empty stamp");
    let threw = false;
    try {
      stale.free(heap.memory.maximumBytes - 16);
    } catch {
      threw = true;
    }
    demand(threw, "an address beyond the buffer was freed");
    heap.check();
    stale[Symbol.dispose]();
  },
  "growth that the engine refuses is lack of memory": (context) => {
    const memory = context.subject.memory.makeRefusing(2 ** 22, 2 ** 25);
    const heap = context.subject.preset.create({ ...context.subject.options, memory, maximumThreads: 8 });
    const ledger = context.ledger();
    const size = Math.min(60_000, context.abilities.largestBlock);
    while (ledger.malloc(heap, size) !== 0);
    demand(ledger.count > 0, "not one block was served");
    for (let i = 0; i < 3; i++) demandEqual(heap.malloc(size), 0, `malloc(${size}) when growth was refused`);
    ledger.prove(heap);
    const { count } = ledger;
    ledger.freeAll(heap);
    while (ledger.malloc(heap, size) !== 0);
    demand(ledger.count >= count, `${ledger.count} blocks fit after all were freed, ${count} did before`);
    ledger.freeAll(heap);
    ledger.prove(heap);
  },
});
