/** Zeroed blocks are zero wherever their memory has been before, and products are never cut to 32 bits. */
import type { Heap } from "@heapwright/core";
import { census } from "../census.js";
import { casesOf } from "../contract-case.js";
import type { Context } from "../context.js";
import { demandZero } from "../ledger.js";
import { demand, demandEqual } from "../violation.js";

const SIZES = [1, 3, 8, 16, 24, 40, 100, 250, 1000, 3000, 4096, 8000, 20000, 32000, 65536, 100000, 400000];

/** Fills a block to its last usable byte, so that whoever gets the memory next cannot take it for zero by luck. */
function dirty(heap: Heap, address: number): void {
  const usable = heap.usableSize(address);
  if (usable === 0) return;
  heap.memory.reach(address + usable - 1);
  heap.memory.u8.fill(0xff, address, address + usable);
}

function servedZeros(context: Context, heap: Heap, size: number): number {
  const address = heap.calloc(1, size);
  demand(address !== 0, `calloc(1, ${size}) gave 0`);
  demandZero(heap, address, size);
  dirty(heap, address);
  return address;
}

export const CALLOC_CASES = casesOf("calloc", {
  "fresh memory is zero": (context) => {
    for (const size of SIZES.filter((one) => context.serves(one))) servedZeros(context, context.heap({ maximum: 2 ** 22 }), size);
  },
  "memory used before is zero again": (context) => {
    const heap = context.heap();
    for (const size of SIZES.filter((one) => context.serves(one))) {
      for (let round = 0; round < 5; round++) heap.free(servedZeros(context, heap, size));
    }
  },
  "a heap made where another one was has zeros, and nothing of the other's, also when the source is the same": (context) => {
    const { source, release } = context.subject.memory.make(2 ** 18, 2 ** 22);
    for (let round = 0; round < 3; round++) {
      const heap = context.subject.preset.create({ ...context.subject.options, memory: source, maximumThreads: 8 });
      demandEqual(census(heap).filter(({ state }) => state === "live").length, 0, `live blocks in heap ${round}`);
      const sizes = SIZES.filter((one) => context.serves(one));
      for (let i = 0; i < 40; i++) {
        const address = heap.calloc(1, sizes[i % sizes.length]);
        if (address === 0) continue;
        demandZero(heap, address, sizes[i % sizes.length]);
        dirty(heap, address);
      }
      heap.check();
      heap[Symbol.dispose]();
    }
    release();
  },
  "memory used by blocks of other sizes is zero again": (context) => {
    const heap = context.heap();
    for (const first of SIZES.filter((one) => context.serves(one))) {
      const held = [1, 2, 3, 4].map(() => heap.malloc(first)).filter((address) => address !== 0);
      for (const address of held) dirty(heap, address);
      for (const address of held) heap.free(address);
      for (const second of [8, 100, 3000, 20000].filter((one) => context.serves(one))) {
        heap.free(servedZeros(context, heap, second));
      }
    }
  },
  "memory left over when a block was shrunk is zero again": (context) => {
    const heap = context.heap();
    const size = Math.min(300_000, context.abilities.largestBlock);
    for (const rest of [64, 3000, 20000].filter((one) => one < size)) {
      let address = heap.malloc(size);
      dirty(heap, address);
      address = heap.realloc(address, rest);
      const others = [50, 500, 5000].filter((one) => context.serves(one)).map((one) => servedZeros(context, heap, one));
      for (const other of [...others, address]) heap.free(other);
    }
  },
  "memory that the heap grew into is zero": (context) => {
    const heap = context.heap({ initial: 65536, maximum: 2 ** 24 });
    for (let i = 0; i < 100; i++) servedZeros(context, heap, context.fit(10_000));
  },
  "count and size are multiplied": (context) => {
    const heap = context.heap();
    const ledger = context.ledger();
    for (const [count, size] of [[1, 60], [5, 12], [1, 100], [100, 1], [10, 10], [7, 31], [1000, 20], [3, 2000]] as const) {
      if (!context.serves(count * size)) continue;
      demand(ledger.calloc(heap, count, size) !== 0, `calloc(${count}, ${size}) gave 0`);
    }
    ledger.prove(heap);
    ledger.freeAll(heap);
  },
  "a product beyond all memory gives 0, whatever its lower bits are": (context) => {
    const heap = context.heap();
    const factors = [2 ** 16, 2 ** 16 + 1, 2 ** 28 + 1, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 1, 2 ** 48, 2 ** 53 - 1];
    for (const count of factors) {
      for (const size of factors) {
        if (count * size > heap.memory.maximumBytes) demandEqual(heap.calloc(count, size), 0, `calloc(${count}, ${size})`);
      }
    }
    for (const [count, size] of [[0x10000001, 16], [16, 0x10000001], [2 ** 32 / 24 + 1, 24].map(Math.ceil), [2 ** 52, 2]] as const) {
      demandEqual(heap.calloc(count, size), 0, `calloc(${count}, ${size})`);
    }
    context.ledger().prove(heap);
  },
});
