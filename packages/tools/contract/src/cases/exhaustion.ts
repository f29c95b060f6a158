/** When memory is used up the answer is 0, never an exception; and what is freed serves again, as much as before. */
import type { Heap } from "@heapwright/core";
import { casesOf } from "../contract-case.js";
import type { Context } from "../context.js";
import { demand, demandEqual } from "../violation.js";

/** Small, so that it is soon used up; large enough for the header and the arena of any heap. */
const TIGHT = 2 ** 22;

/** Allocates blocks of `size` until there are no more; at the first 0 several more calls must agree. */
function fill(heap: Heap, size: number): number[] {
  const blocks: number[] = [];
  for (;;) {
    const address = heap.malloc(size);
    if (address === 0) break;
    demand(blocks.length * size < heap.memory.maximumBytes, () => `${blocks.length} blocks of ${size} bytes fit into ${heap.memory.maximumBytes}`);
    heap.memory.reach(address + size - 1);
    heap.memory.i32[address >>> 2] = blocks.length;
    blocks.push(address);
  }
  for (let i = 0; i < 3; i++) demandEqual(heap.malloc(size), 0, `malloc(${size}) of a full heap`);
  return blocks;
}

/** Frees blocks after looking whether they still hold their number. */
function empty(heap: Heap, blocks: readonly number[]): void {
  for (const [number, address] of blocks.entries()) {
    demandEqual(heap.memory.i32[address >>> 2], number, `number written into the block at ${address}`);
    heap.free(address);
  }
}

function sizesOf(context: Context): number[] {
  return [48, 1000, 5000, 32_000, 100_000, 700_000].filter((size) => context.serves(size));
}

/** What a heap may take for bookkeeping when a block is freed for the first time: a page. */
const LATE_BYTES = 65536;

export const EXHAUSTION_CASES = casesOf("exhaustion", {
  "a full heap gives 0, and as much fits again after all was freed, round after round": (context) => {
    for (const size of sizesOf(context)) {
      const heap = context.heap({ maximum: TIGHT });
      const first = fill(heap, size);
      demand(first.length > 0, `not one block of ${size} bytes in a heap of ${TIGHT}`);
      heap.check();
      empty(heap, first);
      let least = first.length - Math.ceil(LATE_BYTES / size);
      for (let round = 2; round < 5; round++) {
        const blocks = fill(heap, size);
        demand(blocks.length >= least, `${blocks.length} blocks of ${size} bytes in round ${round}, ${first.length} in the first, and at least ${least} were due`);
        if (round === 2) least = blocks.length;
        empty(heap, blocks);
      }
      context.ledger().prove(heap);
    }
  },
  "a full heap serves every block that was freed": (context) => {
    for (const size of sizesOf(context)) {
      const heap = context.heap({ maximum: TIGHT });
      const blocks = fill(heap, size);
      for (let i = 0; i < blocks.length; i += Math.ceil(blocks.length / 20)) {
        heap.free(blocks[i]);
        const again = heap.malloc(size);
        demand(again !== 0, `no block of ${size} bytes after one was freed`);
        blocks[i] = again;
      }
      for (const address of blocks) heap.free(address);
      context.ledger().prove(heap);
    }
  },
  "a full heap answers every request for more with 0": (context) => {
    const heap = context.heap({ maximum: TIGHT });
    const other = context.attach(heap);
    const size = Math.min(100_000, context.abilities.largestBlock);
    const blocks = fill(heap, size);
    for (const each of [heap, other]) {
      demandEqual(each.calloc(1, size), 0, `calloc(1, ${size})`);
      demandEqual(each.realloc(0, size), 0, `realloc(0, ${size})`);
      demandEqual(each.alignedAlloc(64, size), 0, `alignedAlloc(64, ${size})`);
    }
    other[Symbol.dispose]();
    for (const address of blocks) heap.free(address);
    context.ledger().prove(heap);
  },
  "a heap filled through two attachments is as full as through one": (context) => {
    const size = Math.min(20_000, context.abilities.largestBlock);
    const alone = fill(context.heap({ maximum: TIGHT }), size).length;
    const heap = context.heap({ maximum: TIGHT });
    const pair = [heap, context.attach(heap)];
    for (let round = 0; round < 3; round++) {
      const blocks: number[] = [];
      for (let misses = 0; misses < 2; ) {
        const address = pair[(blocks.length + misses) % 2].malloc(size);
        if (address === 0) misses++;
        else blocks.push(address);
      }
      demand(blocks.length >= alone * 0.75, `${blocks.length} blocks through two attachments, ${alone} through one`);
      for (const [i, address] of blocks.entries()) pair[(i + 1) % 2].free(address);
    }
    pair[1][Symbol.dispose]();
    context.ledger().prove(heap);
  },
  "memory of small blocks serves large ones, as far as the heap reuses it": (context) => {
    if (!context.abilities.reusesAcrossSizes) return proveConfined(context);
    for (const [small, large] of [[48, 30_000], [1000, 200_000], [20_000, 1_000_000], [200_000, 48]] as const) {
      const fresh = fill(context.heap({ maximum: TIGHT }), large).length;
      const heap = context.heap({ maximum: TIGHT });
      empty(heap, fill(heap, small));
      const blocks = fill(heap, large);
      demand(blocks.length >= fresh * 0.75, `${blocks.length} blocks of ${large} bytes after blocks of ${small} were freed, ${fresh} in a fresh heap`);
      empty(heap, blocks);
      context.ledger().prove(heap);
    }
  },
  "memory of small blocks that one thread made and another freed serves large ones of a third, as far as the heap reuses it": (context) => {
    const { reusesAcrossSizes, servesFromIdle } = context.abilities;
    if (!reusesAcrossSizes) return proveConfined(context);
    for (const [small, large] of [[48, 60_000], [600, 200_000]] as const) {
      const fresh = fill(context.heap({ maximum: TIGHT }), large).length;
      const user = context.heap({ maximum: TIGHT });
      const breaker = context.attach(user);
      for (let round = 0; round < 4; round++) {
        const maker = context.attach(user);
        for (const address of fill(maker, small)) breaker.free(address);
        if (!servesFromIdle) maker[Symbol.dispose]();
        const blocks = fill(user, large);
        const advice = servesFromIdle ? "; a heap that gives such memory back when the thread leaves declares servesFromIdle: false" : "";
        demand(blocks.length >= fresh * 0.75, `${blocks.length} blocks of ${large} bytes after another thread's of ${small} were freed by a third, ${fresh} in a fresh heap${advice}`);
        empty(user, blocks);
        maker[Symbol.dispose]();
      }
      breaker[Symbol.dispose]();
      context.ledger().prove(user);
    }
  },
  "a mixture of sizes fits as often as it did the first time": (context) => {
    const heap = context.heap({ maximum: TIGHT });
    const sizes = [24, 60, 100, 600, 2000, 9000, 31_000].filter((size) => context.serves(size));
    let first = 0;
    for (let round = 0; round < 8; round++) {
      const blocks: number[] = [];
      for (let i = 0; ; i++) {
        const address = heap.malloc(sizes[i % sizes.length]);
        if (address === 0) break;
        blocks.push(address);
      }
      first ||= blocks.length;
      demand(blocks.length >= first * 0.9, `${blocks.length} blocks in round ${round}, ${first} in the first`);
      for (const address of round % 2 === 0 ? blocks : blocks.reverse()) heap.free(address);
    }
    context.ledger().prove(heap);
  },
});

/** A heap that keeps memory for the size it was first used for: a full one has nothing for another size. */
function proveConfined(context: Context): void {
  const heap = context.heap({ maximum: TIGHT });
  const blocks = fill(heap, 1000);
  demandEqual(heap.malloc(10_000), 0, "a block of another size from a full heap");
  empty(heap, blocks);
  demandEqual(heap.malloc(10_000), 0, "a block of another size from memory once used for blocks of 1000 bytes");
  context.ledger().prove(heap);
}
