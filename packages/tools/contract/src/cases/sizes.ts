/** Every size gets a block that is large enough, aligned, and nobody else's. */
import type { Heap } from "@heapwright/core";
import { casesOf } from "../contract-case.js";
import type { Context } from "../context.js";
import type { Ledger } from "../ledger.js";
import { demand, demandEqual } from "../violation.js";

const SMALL = Array.from({ length: 4097 }, (_, size) => size);
const OFFSETS = [0, 1, 8, 16, 32];

/** Each power of two from 2^12 to `largest`, and its neighbours. */
export function aroundPowersOfTwo(largest: number): number[] {
  const sizes = new Set<number>();
  for (let power = 4096; power <= largest; power *= 2) {
    for (const offset of OFFSETS) sizes.add(power + offset).add(power - offset);
  }
  return [...sizes].sort((a, b) => a - b);
}

/** Large enough for every size class and for whole pages, small enough for a heap of 16 MiB that rounds up to a power of two. */
const LARGEST = 2 ** 21;

function serveAlone(context: Context, heap: Heap, ledger: Ledger, size: number): void {
  const address = ledger.malloc(heap, size);
  demandEqual(address !== 0, context.serves(size), `a block of ${size} bytes was served`);
  if (address !== 0) ledger.free(heap, address);
}

export const SIZE_CASES = casesOf("sizes", {
  "every size from 0 to 4096 is served while all others are out": (context) => {
    const heap = context.heap({ maximum: 2 ** 25 });
    const ledger = context.ledger();
    const sizes = context.grows || context.abilities.reusesAcrossSizes ? SMALL : SMALL.filter((size) => size % 16 === 0);
    for (const size of sizes) {
      if (ledger.malloc(heap, size) !== 0) continue;
      demand(!context.abilities.growth, `no block of ${size} bytes, though the heap may grow`);
      ledger.freeAll(heap);
    }
    ledger.prove(heap);
    ledger.freeAll(heap);
    ledger.prove(heap);
  },
  "every size from 0 to 4096 is served after all before it were freed": (context) => {
    const heap = context.heap();
    const ledger = context.ledger();
    for (const size of SMALL) serveAlone(context, heap, ledger, size);
    ledger.prove(heap);
  },
  "every power of two and its neighbours are served, up to the largest block": (context) => {
    context.inTurn(aroundPowersOfTwo(LARGEST), (heap, ledger, size) => serveAlone(context, heap, ledger, size));
  },
  "sizes served in descending order are apart from each other": (context) => {
    const heap = context.heap();
    const ledger = context.ledger();
    for (const size of aroundPowersOfTwo(2 ** 16).reverse()) ledger.malloc(heap, context.fit(size));
    demand(ledger.count > 0, "not one block was served");
    ledger.prove(heap);
    ledger.freeAll(heap);
  },
  "blocks freed in the order of allocation, in reverse and crosswise leave their neighbours alone": (context) => {
    const heap = context.heap();
    for (const stride of [1, 299, 37, 150]) {
      const ledger = context.ledger();
      for (let i = 0; i < 300; i++) ledger.malloc(heap, context.fit((i * 7919) % 1500));
      const addresses = ledger.all().map(({ address }) => address);
      // 299 counts down, 37 and 150 jump; all that share no factor with the count reach every block
      for (let i = 0; i < addresses.length; i++) {
        const address = addresses[(i * stride) % addresses.length];
        if (ledger.has(address)) ledger.free(heap, address);
      }
      ledger.freeAll(heap);
      ledger.prove(heap);
    }
  },
  "the largest block of a declared ceiling is served, and one byte more is not": (context) => {
    const { largestBlock } = context.abilities;
    const heap = context.heap();
    const ledger = context.ledger();
    const limited = largestBlock < heap.memory.maximumBytes;
    const size = limited ? largestBlock : LARGEST;
    demand(ledger.malloc(heap, size) !== 0, `no block of ${size} bytes`);
    demandEqual(heap.malloc(limited ? size + 1 : heap.memory.maximumBytes), 0, "a block above the ceiling");
    ledger.prove(heap);
  },
});
