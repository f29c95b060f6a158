/**
 * Addresses above 2^31 are negative as int32, and an index above 2^29 does not survive a signed shift. A block of 2.1 GiB
 * that nobody touches moves all that follow beyond; the operating system gives no memory for bytes that nobody touches.
 */
import type { Heap } from "@heapwright/core";
import { casesOf } from "../contract-case.js";
import type { Context } from "../context.js";
import { demand, demandEqual } from "../violation.js";

const BULK = Math.round(2.1 * 2 ** 30);
const MAXIMUM = 3 * 2 ** 30;
/** What the case may cost in real memory. */
const TOUCHED = 300 * 2 ** 20;

function residentBytes(): number {
  return typeof process === "object" ? process.memoryUsage().rss : 0;
}

function huge(context: Context): Heap {
  const memory = context.subject.memory.makeUntouched(2 ** 20, MAXIMUM);
  return context.subject.preset.create({ ...context.subject.options, memory, maximumThreads: 8 });
}

export const BEYOND_2_GIB_CASES = casesOf("beyond 2 GiB", {
  "blocks above 2^31 are blocks like all others": (context) => {
    const before = residentBytes();
    const heap = huge(context);
    const bulk = heap.malloc(BULK);
    demandEqual(bulk !== 0, context.abilities.growth && context.serves(BULK), `a block of ${BULK} bytes was served`);
    if (bulk !== 0) demand(heap.usableSize(bulk) >= BULK, `usableSize ${heap.usableSize(bulk)}`);
    const other = context.attach(heap);
    const ledger = context.ledger();
    let above = 0;
    for (let i = 0; i < 900; i++) {
      const address = ledger.malloc(i % 2 === 0 ? heap : other, context.fit(i % 10 === 0 ? 20_000 : (i * 37) % 3000));
      if (address >= 2 ** 31) above++;
    }
    if (bulk !== 0) demand(above > 0, "no block lies above 2^31");
    for (let i = 0; i < 300; i++) ledger.free(other, ledger.at(i * 2).address);
    for (let i = 0; i < 200; i++) ledger.realloc(heap, ledger.at(i * 3).address, (i * 101) % 9000);
    for (let i = 0; i < 100; i++) ledger.alignedAlloc(other, 256, i * 50);
    for (let i = 0; i < 100; i++) ledger.calloc(heap, i, 30);
    heap.check();
    ledger.freeAll(other);
    heap.free(bulk);
    ledger.prove(heap);
    const grown = residentBytes() - before;
    demand(grown < TOUCHED, `the case took ${grown} bytes of real memory`);
    other[Symbol.dispose]();
  },
  "a block of more than 2 GiB is resized without being copied, or refused, and freed": (context) => {
    const heap = huge(context);
    const bulk = heap.malloc(BULK);
    if (bulk === 0) {
      demand(!context.abilities.growth || !context.serves(BULK), `no block of ${BULK} bytes`);
      return;
    }
    demandEqual(heap.malloc(BULK), 0, "a second block of that size");
    demandEqual(heap.realloc(bulk, 2 ** 32 - 65536), 0, "a size that does not fit");
    const shrunk = heap.realloc(bulk, BULK - 2 ** 20);
    demandEqual(shrunk, bulk, "address of the block after it was made a little smaller");
    heap.free(shrunk);
    context.ledger().prove(heap);
    const again = heap.malloc(BULK);
    demand(again !== 0, "the same size is not served again");
    heap.free(again);
    const aligned = heap.alignedAlloc(2 ** 20, BULK);
    demand(aligned !== 0 && aligned % 2 ** 20 === 0, `alignedAlloc(2^20, ${BULK}) gave ${aligned}`);
    heap.free(aligned);
    heap.check();
  },
});
