/** Bytes that the heap says may be used may all be used. */
import { casesOf } from "../contract-case.js";
import { aroundPowersOfTwo } from "./sizes.js";
import { demand, demandEqual } from "../violation.js";

export const USABLE_SIZE_CASES = casesOf("usableSize", {
  "it is at least what was asked for and stays the same, whatever is allocated and freed beside": (context) => {
    const heap = context.heap();
    const ledger = context.ledger();
    for (const size of [...Array.from({ length: 200 }, (_, i) => i * 5), ...aroundPowersOfTwo(2 ** 15)]) {
      const address = ledger.malloc(heap, size);
      if (address === 0) continue;
      const neighbour = heap.malloc(size);
      ledger.verify(heap, address);
      heap.free(neighbour);
      ledger.verify(heap, address);
    }
    ledger.prove(heap);
    ledger.freeAll(heap);
  },
  "every usable byte can be written without touching a neighbour": (context) => {
    const heap = context.heap();
    const ledger = context.ledger();
    // the ledger stamps up to the usable size, so neighbours that share a byte are seen
    for (let i = 0; i < 600; i++) ledger.malloc(heap, context.fit((i * 37) % 700));
    for (let i = 0; i < 300; i++) ledger.free(heap, ledger.at(i * 2).address);
    for (let i = 0; i < 300; i++) ledger.malloc(heap, context.fit((i * 53) % 900));
    ledger.prove(heap);
    ledger.freeAll(heap);
    ledger.prove(heap);
  },
  "a block resized to its usable size stays where it is": (context) => {
    const heap = context.heap();
    for (const size of [1, 20, 100, 1000, 5000, 20_000]) {
      const address = heap.malloc(size);
      if (address === 0) continue;
      demandEqual(heap.realloc(address, heap.usableSize(address)), address, `realloc of ${size} bytes to the usable size`);
      heap.free(address);
    }
  },
  "all attachments agree on it": (context) => {
    const heap = context.heap();
    const other = context.attach(heap);
    for (const size of [0, 1, 17, 300, 9000, 100_000]) {
      const address = heap.malloc(size);
      demand(address !== 0 || !context.serves(size), `no block of ${size} bytes`);
      demandEqual(other.usableSize(address), heap.usableSize(address), `usableSize of a block of ${size} bytes`);
      other.free(address);
    }
    other[Symbol.dispose]();
  },
});
