/** A block changes its size and keeps its contents, or nothing happens at all. */
import { casesOf } from "../contract-case.js";
import type { Context } from "../context.js";
import { Snapshot } from "../snapshot.js";
import { demand, demandEqual } from "../violation.js";

const SIZES = [0, 1, 7, 8, 15, 16, 17, 31, 32, 33, 100, 255, 256, 257, 1000, 1024, 2049, 4096, 5000, 8192, 16385, 32000, 65536, 70000, 200000, 300001];

function servable(context: Context): number[] {
  return SIZES.filter((size) => context.serves(size));
}

export const REALLOC_CASES = casesOf("realloc", {
  "realloc(0, n) is malloc(n)": (context) => {
    const heap = context.heap();
    const ledger = context.ledger();
    for (const size of servable(context)) {
      const address = ledger.accept(heap, heap.realloc(0, size), size, context.abilities.alignment);
      demand(address !== 0, `realloc(0, ${size}) gave 0`);
    }
    ledger.prove(heap);
    ledger.freeAll(heap);
  },
  "realloc(p, 0) shrinks to a block of size 0 and frees nothing": (context) => {
    const heap = context.heap();
    const ledger = context.ledger();
    for (const size of servable(context)) {
      const address = ledger.realloc(heap, ledger.malloc(heap, size), 0);
      demandEqual(ledger.at(0).address, address, "the block that is out");
      ledger.prove(heap);
      ledger.free(heap, address);
    }
    ledger.prove(heap);
  },
  "contents are kept from every size to every other": (context) => {
    const sizes = servable(context);
    const pairs = sizes.flatMap((from) => sizes.map((to) => [from, to] as const));
    context.inTurn(pairs, (heap, ledger, [from, to]) => {
      const address = ledger.malloc(heap, from);
      demand(address !== 0, `no block of ${from} bytes`);
      const moved = ledger.realloc(heap, address, to);
      demandEqual(ledger.at(0).size, to, `size after realloc from ${from} to ${to}`);
      ledger.free(heap, moved);
    });
  },
  "contents are kept between neighbours that stay": (context) => {
    const heap = context.heap();
    const ledger = context.ledger();
    const middle = [40, 500, 3000].map(context.fit, context).map((size) => {
      ledger.malloc(heap, size);
      const address = ledger.malloc(heap, size);
      ledger.malloc(heap, size);
      return address;
    });
    for (const size of [1, 48, 600, 2000, 20000, 300, 5].filter((one) => context.serves(one))) {
      for (let i = 0; i < middle.length; i++) middle[i] = ledger.realloc(heap, middle[i], size);
      ledger.prove(heap);
    }
    ledger.freeAll(heap);
  },
  "a block that moves leaves its old place free": (context) => {
    const heap = context.heap();
    const ledger = context.ledger();
    for (let round = 0; round < 40; round++) {
      let one = ledger.malloc(heap, 16);
      let other = ledger.malloc(heap, 16);
      // two that grow in turn are in each other's way, so both must move again and again
      for (let size = 32; size <= 32768; size *= 2) {
        if (!context.serves(size)) break;
        one = ledger.realloc(heap, one, size);
        other = ledger.realloc(heap, other, size);
        demandEqual(ledger.at(0).size + ledger.at(1).size, 2 * size, "bytes in two blocks that grew");
      }
      ledger.prove(heap);
      demandEqual(ledger.count, 2, "blocks that are out");
      ledger.freeAll(heap);
    }
    ledger.prove(heap);
  },
  "a block grown byte by byte and shrunk byte by byte stays itself": (context) => {
    const heap = context.heap();
    const ledger = context.ledger();
    let address = ledger.malloc(heap, 0);
    for (let size = 1; size <= 600; size++) address = ledger.realloc(heap, address, size);
    for (let size = 599; size >= 0; size--) address = ledger.realloc(heap, address, size);
    demandEqual(ledger.at(0).size, 0, "size in the end");
    ledger.prove(heap);
    ledger.free(heap, address);
  },
  "a realloc that fails leaves the old block whole and the heap as it was": (context) => {
    const heap = context.heap({ maximum: 2 ** 22 });
    const ledger = context.ledger();
    const addresses = [100, 5000, 30000].map((size) => ledger.malloc(heap, context.fit(size)));
    const before = new Snapshot(heap);
    for (const address of addresses) {
      for (const size of [heap.memory.maximumBytes, 2 ** 31, 2 ** 32 - 16, 2 ** 32, 2 ** 53 - 1]) {
        demandEqual(heap.realloc(address, size), 0, `realloc(${address}, ${size})`);
        ledger.verify(heap, address);
      }
    }
    before.proveSame("realloc to impossible sizes");
    ledger.freeAll(heap);
  },
  "realloc in a full heap fails or moves, and loses nothing": (context) => {
    const heap = context.heap({ maximum: 2 ** 22 });
    const ledger = context.ledger();
    const size = context.fit(1500);
    while (ledger.malloc(heap, size) !== 0);
    for (const { address } of ledger.all()) ledger.realloc(heap, address, 3 * size);
    for (const { address } of ledger.all()) ledger.realloc(heap, address, 10);
    ledger.prove(heap);
    ledger.freeAll(heap);
    demand(ledger.malloc(heap, size) !== 0, `no block of ${size} bytes after all was freed`);
    ledger.freeAll(heap);
  },
});
