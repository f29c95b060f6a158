/** Nothing is something: blocks of no bytes, and the address of no block. */
import { casesOf } from "../contract-case.js";
import { demand, demandEqual } from "../violation.js";
import { Snapshot } from "../snapshot.js";

export const ZERO_CASES = casesOf("zero", {
  "malloc(0) gives unique addresses that can be freed": (context) => {
    const heap = context.heap();
    const ledger = context.ledger();
    for (let i = 0; i < 1000; i++) demand(ledger.malloc(heap, 0) !== 0, "malloc(0) gave 0");
    demandEqual(ledger.count, 1000, "blocks of size 0");
    ledger.prove(heap);
    ledger.freeAll(heap);
    ledger.prove(heap);
  },
  "calloc with a zero factor gives unique addresses that can be freed": (context) => {
    const heap = context.heap();
    const ledger = context.ledger();
    for (const [count, size] of [[0, 0], [0, 1], [1, 0], [0, 2 ** 53 - 1], [2 ** 53 - 1, 0]] as const) {
      demand(ledger.calloc(heap, count, size) !== 0, `calloc(${count}, ${size}) gave 0`);
    }
    ledger.prove(heap);
    ledger.freeAll(heap);
  },
  "a block of no bytes is aligned as asked": (context) => {
    const heap = context.heap();
    const ledger = context.ledger();
    for (let alignment = 1; alignment <= 4096; alignment *= 2) {
      const address = ledger.alignedAlloc(heap, alignment, 0);
      demand(address !== 0 || !context.serves(alignment, alignment), `alignedAlloc(${alignment}, 0) gave 0`);
    }
    ledger.prove(heap);
    ledger.freeAll(heap);
  },
  "free(0), usableSize(0) and their like at -0 do nothing": (context) => {
    const heap = context.heap();
    const before = new Snapshot(heap);
    heap.free(0);
    heap.free(-0);
    demandEqual(heap.usableSize(0), 0, "usableSize(0)");
    demandEqual(heap.usableSize(-0), 0, "usableSize(-0)");
    before.proveSame("free(0)");
  },
  "size -0 is size 0": (context) => {
    const heap = context.heap();
    const ledger = context.ledger();
    demand(ledger.malloc(heap, -0) !== 0, "malloc(-0) gave 0");
    demand(ledger.calloc(heap, -0, 8) !== 0, "calloc(-0, 8) gave 0");
    ledger.prove(heap);
  },
});
