/**
 * The steps that random scripts are made of. The model is the ledger, the real thing a few attachments of one heap; each
 * step goes through one of them, so blocks are made, resized and freed by different threads. After every single step all
 * stamps are read, the heap checks itself, and its walk is compared with the ledger. A step that cannot be taken (no
 * block is out) does nothing, so that a shrunken script stays a script.
 */
import { InvalidAddressError, type Heap } from "@heapwright/core";
import fc from "fast-check";
import type { Ledger } from "../ledger.js";
import { demandThrow } from "../violation.js";

/** Attachments of one heap, and how to get one more. */
export interface Company {
  readonly heaps: Heap[];
  attach(): Heap;
}

export type Step = fc.Command<Ledger, Company>;

const ATTACHMENTS = 3;
/** Blocks that one step of exhaustion takes at most; the heaps are small enough for some steps to reach the end. */
const GREED = 60;

function step(text: string, via: number, take: (ledger: Ledger, heap: Heap, company: Company) => void): Step {
  return {
    check: () => true,
    run(ledger, company) {
      const heap = company.heaps[via % company.heaps.length];
      take(ledger, heap, company);
      ledger.prove(company.heaps[0]);
    },
    toString: () => `${text} via ${via}`,
  };
}

function withBlock(text: string, index: number, via: number, take: (ledger: Ledger, heap: Heap, address: number) => void): Step {
  return step(`${text} of block ${index}`, via, (ledger, heap) => {
    if (ledger.count > 0) take(ledger, heap, ledger.at(index).address);
  });
}

/** Refused calls are steps too: they must leave everything as it was. */
function misuse(index: number, offset: number, via: number): Step {
  return withBlock(`misuse at ${offset}`, index, via, (_ledger, heap, address) => {
    demandThrow(InvalidAddressError, () => heap.free(address + offset), `free(${address + offset})`);
    demandThrow(InvalidAddressError, () => heap.realloc(address + offset, 10), `realloc(${address + offset}, 10)`);
    demandThrow(RangeError, () => heap.realloc(address, -1), "realloc to -1 bytes");
    demandThrow(RangeError, () => heap.malloc(offset + 0.5), "malloc of half bytes");
  });
}

/** Another thread takes the place of an attachment, which leaves or dies. The first one stays. */
function replace(via: number, end: "leaves" | "dies"): Step {
  return step(`attachment ${end}`, via, (_ledger, heap, company) => {
    const index = company.heaps.indexOf(heap);
    if (index === 0) return;
    if (end === "leaves") heap[Symbol.dispose]();
    else company.heaps[0].reclaim(heap.threadId);
    company.heaps[index] = company.attach();
  });
}

function exhaust(size: number, via: number): Step {
  return step(`up to ${GREED} times malloc(${size}), then half of them freed`, via, (ledger, heap, company) => {
    const taken: number[] = [];
    while (taken.length < GREED) {
      const address = ledger.malloc(heap, size);
      if (address === 0) break;
      taken.push(address);
    }
    for (let i = 0; i < taken.length; i += 2) ledger.free(company.heaps[i % company.heaps.length], taken[i]);
  });
}

const via = fc.nat({ max: ATTACHMENTS - 1 });
const index = fc.nat({ max: 500 });
const sizes = fc.oneof(
  { weight: 6, arbitrary: fc.nat({ max: 300 }) },
  { weight: 3, arbitrary: fc.nat({ max: 5000 }) },
  { weight: 2, arbitrary: fc.nat({ max: 70_000 }) },
  { weight: 1, arbitrary: fc.nat({ max: 700_000 }) },
  { weight: 1, arbitrary: fc.nat({ max: 20 }).map((power) => 2 ** power) },
);
const alignment = fc.nat({ max: 16 }).map((power) => 2 ** power);

/** A step that has more weight is taken more often. */
const steps = (size: fc.Arbitrary<number>): { weight: number; arbitrary: fc.Arbitrary<Step> }[] => [
  { weight: 6, arbitrary: fc.tuple(size, via).map(([s, v]) => step(`malloc(${s})`, v, (ledger, heap) => void ledger.malloc(heap, s))) },
  { weight: 2, arbitrary: fc.tuple(fc.nat({ max: 60 }), size, via).map(([n, s, v]) => step(`calloc(${n}, ${s >> 4})`, v, (ledger, heap) => void ledger.calloc(heap, n, s >> 4))) },
  { weight: 2, arbitrary: fc.tuple(alignment, size, via).map(([a, s, v]) => step(`alignedAlloc(${a}, ${s})`, v, (ledger, heap) => void ledger.alignedAlloc(heap, a, s))) },
  { weight: 5, arbitrary: fc.tuple(index, size, via).map(([i, s, v]) => withBlock(`realloc to ${s}`, i, v, (ledger, heap, address) => void ledger.realloc(heap, address, s))) },
  { weight: 6, arbitrary: fc.tuple(index, via).map(([i, v]) => withBlock("free", i, v, (ledger, heap, address) => ledger.free(heap, address))) },
  { weight: 1, arbitrary: via.map((v) => step("free of all blocks", v, (ledger, heap) => ledger.freeAll(heap))) },
  { weight: 1, arbitrary: fc.tuple(size, via).map(([s, v]) => exhaust(s, v)) },
  { weight: 1, arbitrary: fc.tuple(index, fc.constantFrom(-4, -1, 1, 4), via).map(([i, offset, v]) => misuse(i, offset, v)) },
  { weight: 1, arbitrary: fc.tuple(via, fc.constantFrom("leaves" as const, "dies" as const)).map(([v, end]) => replace(v, end)) },
];

/**
 * Scripts of up to `length` steps.
 * @param fit makes most sizes such as the heap serves
 */
export function scripts(length: number, fit: (size: number) => number): fc.Arbitrary<Iterable<Step>> {
  const size = fc.oneof({ weight: 9, arbitrary: sizes.map(fit) }, { weight: 1, arbitrary: sizes });
  return fc.commands([fc.oneof(...steps(size))], { maxCommands: length, size: "max" });
}
