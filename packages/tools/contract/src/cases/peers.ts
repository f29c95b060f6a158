/**
 * What allocators elsewhere got wrong, and what the `security` programs of mimalloc-bench try, as far as no other group asks
 * for it: reallocs that leak, frees that search, frees repeated in roundabout ways, a lock that a refused call leaves held,
 * and writes beyond a block.
 */
import { HeapCorruptionError, InvalidAddressError, type Heap } from "@heapwright/core";
import { casesOf } from "../contract-case.js";
import type { Context } from "../context.js";
import { DamagedCopies, type Extent } from "../damaged-copy.js";
import { demandLittleMore } from "../peak.js";
import { demand, show } from "../violation.js";

const MOVES = 4000;
/** Blocks live while the cost of a free is measured: as many, or as many as fit, and a hundredth of it. */
const MANY = 20_000;
const FREES = 40;
const ROUNDS = 25;
/** A free that looks at all live blocks costs about a hundred times more among a hundred times as many. Caches account for a few. */
const DEARER = 15;
/** The machine may be busy with something else; it is seldom so each time. */
const TRIES = 6;
const PATIENCE = 20_000;

/** What a call may do that is not certain to be noticed: come back, or throw a named error. @returns whether it threw */
function refusedByName(action: () => void, what: string): boolean {
  try {
    action();
    return false;
  } catch (error) {
    demand(error instanceof InvalidAddressError || error instanceof HeapCorruptionError, () => `${what} threw ${show(error)}`);
    return true;
  }
}

/** Milliseconds that a free of the oldest block takes while `live` are out, in the best of several rounds. */
function costOfFree(heap: Heap, size: number, live: number[]): number {
  let best = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    const oldest = live.splice(0, FREES);
    const start = performance.now();
    for (const address of oldest) heap.free(address);
    best = Math.min(best, performance.now() - start);
    for (let i = 0; i < oldest.length; i++) live.push(heap.malloc(size));
  }
  return best / FREES;
}

function blocks(heap: Heap, size: number, most: number): number[] {
  const taken: number[] = [];
  while (taken.length < most) {
    const address = heap.malloc(size);
    if (address === 0) break;
    taken.push(address);
  }
  return taken;
}

/** Three blocks of the size, neighbours in most heaps, with blocks around them. */
function neighbours(context: Context, size: number): { heap: Heap; trio: [number, number, number] } {
  const heap = context.heap({ maximum: 2 ** 23 });
  heap.malloc(size);
  const trio: [number, number, number] = [heap.malloc(size), heap.malloc(size), heap.malloc(size)];
  heap.malloc(size);
  return { heap, trio };
}

/** Orders in which some of three neighbours are freed, the last of them for the second time. */
const REPETITIONS = ["0 1 0", "1 0 2 1", "0 2 1 1", "0 1 2 0", "2 1 0 2"].map((order) => order.split(" ").map(Number));

export const PEER_CASES = casesOf("peers", {
  "thousands of reallocs that move leave no growth": (context) => {
    const heap = context.heap();
    const largest = Math.min(3000, context.abilities.largestBlock);
    /** Two blocks that double in turn, so that each is in the way of the other. */
    const grow = (): number => {
      const pair = [heap.malloc(10), heap.malloc(10)];
      let moves = 0;
      for (let size = 20; size <= largest; size *= 2) {
        for (let i = 0; i < 2; i++, moves++) {
          const moved = heap.realloc(pair[i], size);
          demand(moved !== 0, () => `realloc to ${size} bytes gave 0`);
          pair[i] = moved;
        }
      }
      for (const address of pair) heap.free(address);
      return moves;
    };
    for (let i = 0; i < 10; i++) grow();
    const { peakMappedBytes } = heap.stats();
    for (let moves = 0; moves < MOVES; ) moves += grow();
    demandLittleMore(heap, peakMappedBytes, `${MOVES} reallocs`);
    context.ledger().prove(heap);
  },
  "a free costs no more among a hundred times as many live blocks": (context) => {
    const heaps = [context.heap(), context.heap()];
    const size = context.fit(60);
    const many = blocks(heaps[0], size, MANY);
    const few = blocks(heaps[1], size, Math.max(2 * FREES, Math.floor(many.length / 100)));
    demand(many.length > 20 * few.length, `${many.length} blocks of ${size} bytes fit`);
    let factor = Infinity;
    for (let i = 0; i < TRIES && factor > DEARER; i++) {
      const alone = costOfFree(heaps[1], size, few);
      factor = Math.min(factor, costOfFree(heaps[0], size, many) / alone);
    }
    demand(factor <= DEARER, () => `a free among ${many.length} blocks took ${factor.toFixed(1)} times as long as among ${few.length}`);
  },
  "a block freed again after others is refused, as far as the heap notices": (context) => {
    for (const size of [10, 100, 1000, 30_000, 70_000].filter((one) => context.serves(one))) {
      for (const order of REPETITIONS) {
        const { heap, trio } = neighbours(context, size);
        for (const i of order.slice(0, -1)) heap.free(trio[i]);
        const again = trio[order[order.length - 1]];
        const refused = refusedByName(() => heap.free(again), `a second free of a block of ${size} bytes, in the order ${order.join(", ")},`);
        demand(refused || !context.abilities.noticesDoubleFree, () => `a block of ${size} bytes was freed twice, in the order ${order.join(", ")}, without notice`);
        if (!context.abilities.noticesDoubleFree) context.spoil(heap);
      }
    }
  },
  "an address inside blocks that were freed is refused, as far as the heap notices": (context) => {
    const { noticesInteriorFree, noticesDoubleFree } = context.abilities;
    for (const size of [60, 1000, 30_000, 70_000].filter((one) => context.serves(one))) {
      const { heap, trio } = neighbours(context, size);
      for (const address of trio) heap.free(address);
      for (const address of trio) {
        for (const offset of [16, 32, Math.floor(size / 32) * 16]) {
          const refused = refusedByName(() => heap.free(address + offset), `free of an address ${offset} bytes into a freed block of ${size}`);
          demand(refused || !noticesInteriorFree || !noticesDoubleFree, () => `an address ${offset} bytes into a freed block of ${size} was freed without notice`);
          if (!refused) context.spoil(heap);
        }
      }
    }
  },
  "a refused call leaves nobody else waiting": (context) => {
    const heap = context.heap();
    const other = context.attach(heap);
    const block = heap.malloc(40);
    const misuses = [() => heap.free(block + 1), () => heap.realloc(block + 1, 60), () => heap.usableSize(block + 1), () => heap.malloc(-1), () => heap.alignedAlloc(3, 8), () => heap.calloc(0.5, 8)];
    context.settings.within(PATIENCE, () => {
      for (const misuse of misuses) {
        try {
          misuse();
        } catch {
          // which error is for other cases to ask
        }
        const address = other.malloc(40);
        demand(address !== 0, "no block for another after a refused call");
        other.free(address);
      }
    });
    other[Symbol.dispose]();
    heap.free(block);
    context.ledger().prove(heap);
  },
  "a block that was written beyond is freed, or refused by name, and nobody is harmed": (context) => {
    for (const size of [24, 200, 3000, 70_000].filter((one) => context.serves(one))) {
      for (const [from, bytes] of [[-1, 1], [-4, 4], [-32, 32], [0, 1], [0, 32]] as const) {
        for (const value of [0, 0xa5, 0xff]) {
          const own = context.branch();
          const { heap, trio } = neighbours(own, size);
          const at = from < 0 ? trio[1] + from : trio[1] + heap.usableSize(trio[1]);
          const live = [trio[0], trio[2]].sort((a, b) => a - b).map((address): Extent => [address, address + size]);
          heap.memory.u8.fill(value, at, at + bytes);
          own.spoil(heap);
          const what = `free of a block of ${size} bytes, after ${bytes} bytes from ${from < 0 ? from : "its end"} on were set to ${value},`;
          context.settings.within(PATIENCE, () => {
            refusedByName(() => heap.free(trio[1]), what);
            const noticed = refusedByName(() => heap.check(), `check after ${what}`);
            if (!noticed && context.abilities.noticesDamage) new DamagedCopies(context.subject.preset, heap, live).proveNoOverlap(what);
          });
          own.finish();
        }
      }
    }
  },
});
