/** Blocks at multiples of a power of two, and what else may be done with them. */
import type { Heap } from "@heapwright/core";
import { casesOf } from "../contract-case.js";
import { HOSTILE_NUMBERS } from "../hostile-values.js";
import type { Ledger } from "../ledger.js";
import { Snapshot } from "../snapshot.js";
import { demand, demandEqual, demandThrow, show } from "../violation.js";

const SIZES = [0, 1, 16, 33, 100, 500, 1024, 4095, 10_000, 65_536, 150_000];
const ALIGNMENTS = Array.from({ length: 21 }, (_, exponent) => 2 ** exponent);

export const ALIGNED_CASES = casesOf("alignment", {
  "every power of two up to 2^20 is served for every size, and the block freed again": (context) => {
    const pairs = ALIGNMENTS.flatMap((alignment) => SIZES.map((size) => [alignment, size] as const));
    context.inTurn(pairs, (heap, ledger, [alignment, size]) => {
      const address = ledger.alignedAlloc(heap, alignment, size);
      if (context.serves(size + alignment, alignment)) demand(address !== 0, `alignedAlloc(${alignment}, ${size}) gave 0`);
      if (address !== 0) ledger.free(heap, address);
    });
  },
  "aligned blocks that are out together are apart, and freed by another attachment": (context) => {
    const heap = context.heap({ maximum: 2 ** 25 });
    const other = context.attach(heap);
    const ledger = context.ledger();
    for (const alignment of ALIGNMENTS.filter((one) => one <= 2 ** 17)) {
      for (const size of [1, 70, 1000]) {
        ledger.alignedAlloc(heap, alignment, size);
        ledger.malloc(heap, size);
      }
    }
    ledger.prove(heap);
    ledger.freeAll(other);
    ledger.prove(heap);
    other[Symbol.dispose]();
  },
  "an aligned block is resized with its contents": (context) => {
    const heap = context.heap();
    const ledger = context.ledger();
    for (const alignment of [32, 64, 256, 4096, 65536].filter((one) => context.serves(one + 10, one))) {
      for (const [from, to] of [[10, 30], [10, 1000], [1000, 10], [100, 20_000], [20_000, 100], [300, 301], [70_000, 100_000]] as const) {
        const address = ledger.alignedAlloc(heap, alignment, from);
        if (address !== 0) ledger.realloc(heap, address, to);
      }
      ledger.prove(heap);
      ledger.freeAll(heap);
    }
    ledger.prove(heap);
  },
  "the same aligned blocks are served again and again": (context) => {
    const rounds = Array.from({ length: 30 }, (_, round) => round);
    const play = (heap: Heap, ledger: Ledger, round: number): void => {
      for (const alignment of [32, 128, 512, 1024, 8192]) {
        for (let i = 0; i < 8; i++) {
          const address = ledger.alignedAlloc(heap, alignment, 200);
          demand(address !== 0 || !context.serves(200 + alignment, alignment), `alignedAlloc(${alignment}, 200) gave 0 in round ${round}`);
        }
      }
      ledger.freeAll(heap);
    };
    context.inTurn(rounds, play, { maximum: 2 ** 23 });
  },
  "an alignment that is no power of two is a RangeError, and changes nothing": (context) => {
    const heap = context.heap({ maximum: 2 ** 22 });
    const ledger = context.ledger();
    ledger.malloc(heap, context.fit(100));
    const before = new Snapshot(heap);
    const wrong: unknown[] = [...HOSTILE_NUMBERS, 0, -0, 3, 5, 6, 7, 24, 48, 100, 65535, 65537, 2 ** 31 + 1, 2 ** 32 - 1, -8, -16, 0.5, 2 ** -1074];
    for (const alignment of wrong) {
      demandThrow(RangeError, () => heap.alignedAlloc(alignment as number, 16), `alignedAlloc(${show(alignment)}, 16)`);
    }
    before.proveSame("alignedAlloc with a wrong alignment");
    ledger.prove(heap);
  },
  "alignments and sizes that wrap at 32 bits give 0": (context) => {
    const heap = context.heap();
    const pairs = [[2 ** 31, 2 ** 31], [2 ** 20, 2 ** 32 - 2 ** 19], [2 ** 31, 1], [2 ** 32, 1], [2 ** 33, 16], [2 ** 52, 0], [16, 2 ** 32 - 1], [4096, 2 ** 32 - 16], [64, 2 ** 53 - 1]] as const;
    for (const [alignment, size] of pairs) demandEqual(heap.alignedAlloc(alignment, size), 0, `alignedAlloc(${alignment}, ${size})`);
    context.ledger().prove(heap);
  },
});
