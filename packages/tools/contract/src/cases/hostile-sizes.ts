/** What is no size is refused by name before anything is touched; what is too large a size is lack of memory. */
import type { Heap } from "@heapwright/core";
import { casesOf } from "../contract-case.js";
import { HOSTILE_NUMBERS, HOSTILE_VALUES } from "../hostile-values.js";
import { Snapshot } from "../snapshot.js";
import { demandEqual, demandThrow, show } from "../violation.js";

type Call = (heap: Heap, size: number, block: number) => number;

const CALLS: Readonly<Record<string, Call>> = {
  "malloc(n)": (heap, size) => heap.malloc(size),
  "calloc(n, 1)": (heap, size) => heap.calloc(size, 1),
  "calloc(1, n)": (heap, size) => heap.calloc(1, size),
  "calloc(n, 0)": (heap, size) => heap.calloc(size, 0),
  "calloc(0, n)": (heap, size) => heap.calloc(0, size),
  "realloc(0, n)": (heap, size) => heap.realloc(0, size),
  "realloc(p, n)": (heap, size, block) => heap.realloc(block, size),
  "alignedAlloc(16, n)": (heap, size) => heap.alignedAlloc(16, size),
  "alignedAlloc(64, n)": (heap, size) => heap.alignedAlloc(64, size),
  "alignedAlloc(4096, n)": (heap, size) => heap.alignedAlloc(4096, size),
};

const HUGE = [2 ** 31 - 1, 2 ** 31, 2 ** 31 + 1, 2 ** 32 - 65536, 2 ** 32 - 4000, 2 ** 32 - 16, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 1, 2 ** 32 + 100, 2 ** 33, 2 ** 40, 2 ** 53 - 1];

const refused = Object.entries(CALLS).map(([name, call]) =>
  casesOf("hostile sizes", {
    [`${name} with anything but a non-negative safe integer is a RangeError, and changes nothing`]: (context) => {
      const heap = context.heap({ maximum: 2 ** 22 });
      const ledger = context.ledger();
      const block = ledger.malloc(heap, context.fit(100));
      const before = new Snapshot(heap);
      for (const size of [...HOSTILE_NUMBERS, ...HOSTILE_VALUES]) {
        demandThrow(RangeError, () => call(heap, size as number, block), `${name} with ${show(size)}`);
      }
      before.proveSame(name);
      ledger.prove(heap);
    },
  }),
);

export const HOSTILE_SIZE_CASES = [
  ...refused.flat(),
  ...casesOf("hostile sizes", {
    "sizes from 2^31 - 1 to 2^53 - 1 give 0, never a block of fewer bytes": (context) => {
      const heap = context.heap({ maximum: 2 ** 22 });
      const ledger = context.ledger();
      const block = ledger.malloc(heap, context.fit(100));
      // free blocks of all sizes, which a sum that has lost its upper bits would find
      for (let size = 1; size < 2 ** 16; size *= 2) heap.free(heap.malloc(context.fit(size)));
      for (const [name, call] of Object.entries(CALLS).filter(([one]) => !one.includes("0, n") && !one.includes("n, 0"))) {
        for (const size of HUGE) demandEqual(call(heap, size, block), 0, `${name} with ${size}`);
      }
      ledger.prove(heap);
    },
    "a heap of 4 GiB gives true blocks or 0 for sizes around 2^31 and 2^32": (context) => {
      const source = context.subject.memory.makeUntouched(2 ** 20, context.subject.memory.grows ? 2 ** 32 : 2 ** 24);
      const heap = context.subject.preset.create({ ...context.subject.options, memory: source, maximumThreads: 8 });
      for (const size of HUGE) {
        const address = heap.malloc(size);
        if (address === 0) continue;
        const usable = heap.usableSize(address);
        demandEqual(usable >= size && address + usable <= heap.memory.buffer.byteLength, true, `malloc(${size}) gave a true block`);
        heap.free(address);
      }
      heap.check();
      context.ledger().prove(heap);
    },
  }),
];
