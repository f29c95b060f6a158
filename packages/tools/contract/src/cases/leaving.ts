/** Threads leave and die; their blocks stay, their places are free again. */
import { DepartedError, type Heap } from "@heapwright/core";
import { census } from "../census.js";
import { casesOf } from "../contract-case.js";
import type { Context } from "../context.js";
import { demandLittleMore } from "../peak.js";
import { demand, demandEqual, demandThrow } from "../violation.js";

/** Every call, as one who has left might still make it. `block` is out. */
function everyCall(heap: Heap, block: number): Record<string, () => unknown> {
  return {
    malloc: () => heap.malloc(16),
    "malloc of too much": () => heap.malloc(2 ** 40),
    calloc: () => heap.calloc(2, 8),
    "realloc of nothing": () => heap.realloc(0, 16),
    realloc: () => heap.realloc(block, 300),
    alignedAlloc: () => heap.alignedAlloc(64, 16),
    free: () => heap.free(block),
    usableSize: () => heap.usableSize(block),
    stats: () => heap.stats(),
    walk: () => heap.walk(() => undefined),
    check: () => heap.check(),
  };
}

type Call = (...numbers: number[]) => number;

/** The calls with numbers, each taken out of the heap by itself, as `const { malloc } = heap` does. */
function callsTakenOut(heap: Heap, block: number): Record<string, () => unknown> {
  const taken = (name: string, ...numbers: number[]): [string, () => unknown] => {
    const call = Reflect.get(heap, name) as Call;
    return [`${name}, taken out of the heap before,`, () => call(...numbers)];
  };
  return Object.fromEntries([
    taken("malloc", 16), taken("calloc", 2, 8), taken("realloc", 0, 16), taken("alignedAlloc", 64, 16), taken("free", block), taken("usableSize", block),
  ]);
}

/** A busy attachment's work: blocks of many sizes come and go, some stay. */
function work(context: Context, heap: Heap, held: number[]): void {
  for (let i = 0; i < 300; i++) {
    const address = heap.malloc(context.fit((i * 89) % 2000));
    if (address !== 0) held.push(address);
    if (i % 2 === 1 && held.length > 0) heap.free(held.splice((i * 7) % held.length, 1)[0]);
  }
}

export const LEAVING_CASES = casesOf("leaving", {
  "every call of one who has left throws a DepartedError, and changes nothing": (context) => {
    const heap = context.heap();
    const other = context.attach(heap);
    const ledger = context.ledger();
    const block = ledger.malloc(other, context.fit(100));
    const calls = { ...everyCall(other, block), ...callsTakenOut(other, block) };
    other[Symbol.dispose]();
    for (const [name, call] of Object.entries(calls)) {
      demandThrow(DepartedError, call, `${name} after the thread had left`);
      ledger.prove(heap);
    }
    ledger.freeAll(heap);
  },
  "leaving twice is leaving once, even when another has taken the place": (context) => {
    const heap = context.heap({ threads: 2 });
    const other = context.attach(heap);
    other[Symbol.dispose]();
    other[Symbol.dispose]();
    const successor = context.attach(heap);
    other[Symbol.dispose]();
    const address = successor.malloc(context.fit(100));
    demand(address !== 0, "no block for the successor");
    heap.free(address);
    successor[Symbol.dispose]();
    context.attach(heap)[Symbol.dispose]();
  },
  "blocks outlive the one who made them": (context) => {
    const heap = context.heap();
    const ledger = context.ledger();
    for (let round = 0; round < 5; round++) {
      const other = context.attach(heap);
      for (let i = 0; i < 100; i++) ledger.malloc(other, context.fit((i * 97) % 3000));
      for (let i = 0; i < 50; i++) ledger.free(other, ledger.at(i * 3).address);
      other[Symbol.dispose]();
      ledger.prove(heap);
    }
    ledger.freeAll(heap);
    ledger.prove(heap);
  },
  "the one who made the heap may leave first": (context) => {
    const heap = context.heap();
    const other = context.attach(heap);
    const ledger = context.ledger();
    for (let i = 0; i < 100; i++) ledger.malloc(heap, context.fit(i * 30));
    heap[Symbol.dispose]();
    context.spoil(heap);
    ledger.prove(other);
    ledger.freeAll(other);
    for (let i = 0; i < 100; i++) ledger.malloc(other, context.fit(i * 30));
    ledger.prove(other);
  },
  "ids are never given twice, places are": (context) => {
    const heap = context.heap({ threads: 2 });
    const ids = new Set([heap.threadId]);
    for (let i = 0; i < 100; i++) {
      const other = context.attach(heap);
      demand(!ids.has(other.threadId), () => `the id ${other.threadId} was given twice`);
      ids.add(other.threadId);
      heap.free(other.malloc(40));
      other[Symbol.dispose]();
    }
  },
  "threads that come, work and leave do not use memory up": (context) => {
    const heap = context.heap({ threads: 3 });
    const round = (): void => {
      const other = context.attach(heap);
      const held: number[] = [];
      work(context, other, held);
      other[Symbol.dispose]();
      for (const address of held) heap.free(address);
    };
    for (let i = 0; i < 5; i++) round();
    const { peakMappedBytes } = heap.stats();
    for (let i = 0; i < 40; i++) round();
    demandLittleMore(heap, peakMappedBytes, "forty more threads");
    context.ledger().prove(heap);
  },
  "an id that nobody has is not reclaimed": (context) => {
    const heap = context.heap();
    const other = context.attach(heap);
    other[Symbol.dispose]();
    for (const id of [other.threadId, 0, -1, -other.threadId, 12345, 2 ** 31 - 1, 2 ** 31, 1.5, Number.NaN, Infinity]) {
      demandEqual(heap.reclaim(id), false, `reclaim(${id})`);
    }
    heap.check();
    demand(census(heap).every(({ state }) => state !== "lost"), "lost bytes, though no thread has died");
  },
  "one that is gone without leaving is reclaimed once, and its blocks stay": (context) => {
    const heap = context.heap({ threads: 2 });
    const ledger = context.ledger();
    for (let round = 0; round < 5; round++) {
      const dead = context.attach(heap);
      for (let i = 0; i < 60; i++) ledger.malloc(dead, context.fit((i * 71) % 2000));
      for (let i = 0; i < 30; i++) ledger.free(dead, ledger.at(i * 2).address);
      // nothing more is called through it: to all others it is a thread that was killed between two calls
      demandEqual(heap.reclaim(dead.threadId), true, "reclaim of a dead thread");
      demandEqual(heap.reclaim(dead.threadId), false, "reclaim of a dead thread, once more");
      ledger.prove(heap);
    }
    ledger.freeAll(heap);
    ledger.prove(heap);
  },
  "threads that die between calls do not use memory up": (context) => {
    const heap = context.heap({ threads: 3 });
    const round = (): void => {
      const dead = context.attach(heap);
      const held: number[] = [];
      work(context, dead, held);
      heap.reclaim(dead.threadId);
      for (const address of held) heap.free(address);
    };
    for (let i = 0; i < 5; i++) round();
    const { peakMappedBytes } = heap.stats();
    for (let i = 0; i < 40; i++) round();
    demandLittleMore(heap, peakMappedBytes, "forty more deaths");
    context.ledger().prove(heap);
  },
});
