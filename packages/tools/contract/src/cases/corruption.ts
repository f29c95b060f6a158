/**
 * A program that writes where it should not have damages bookkeeping. `check` then says so with the named error, or the
 * word is of no consequence: nobody is given another's bytes. It never fails in another way, never hangs, and changes
 * nothing itself.
 */
import { HeapCorruptionError, type Heap, type Region } from "@heapwright/core";
import { census } from "../census.js";
import { casesOf } from "../contract-case.js";
import type { Context } from "../context.js";
import { DamagedCopies, type Extent } from "../damaged-copy.js";
import { demand, show } from "../violation.js";

/** Beside the lowest bit that is set, without which one live block is free where there is a bit for each. */
const MASKS = [1, 0x10, 0x8000, 0x7fffffff, 0x80000000, 0xffffffff];
/** Words that a case tries of each sort. A check reads the whole heap, so each has its price. */
const WORDS = 30;
/** For all checks of a case together, on a busy machine. */
const PATIENCE = 30_000;

/** Heaps with blocks of every kind, live, freed and cached, seen by two threads. */
function busyHeap(context: Context): Heap {
  const heap = context.heap({ maximum: 2 ** 22, threads: 4 });
  const other = context.attach(heap);
  const held: number[] = [];
  for (let i = 0; i < 400; i++) {
    const address = (i % 3 === 0 ? other : heap).malloc(context.fit(i % 40 === 0 ? (i * 500) % 90_000 : (i * 13) % 1200));
    if (address !== 0 && i % 2 === 0) held.push(address);
    if (i % 4 === 3) (i % 8 === 3 ? heap : other).free(held.shift()!);
  }
  return heap;
}

function wordsOf(region: Region): number[] {
  const first = Math.ceil(region.address / 4);
  const count = Math.floor((region.address + region.bytes) / 4) - first;
  return Array.from({ length: Math.max(0, count) }, (_, i) => first + i);
}

/** Of many words some that are in use and some that are zero, each evenly spread. */
function some(heap: Heap, words: readonly number[]): number[] {
  return [...spread(words.filter((w) => heap.memory.i32[w] !== 0)), ...spread(words.filter((w) => heap.memory.i32[w] === 0))];
}

function spread<T>(all: readonly T[]): T[] {
  const step = Math.max(1, all.length / WORDS);
  return Array.from({ length: Math.min(all.length, WORDS) }, (_, i) => all[Math.floor(i * step)]);
}

/** Damages each word in two ways, others for each, and repairs it. @returns how often `check` noticed */
function smash(context: Context, heap: Heap, words: readonly number[]): number {
  const { i32 } = heap.memory;
  const live = census(heap).filter(({ state }) => state === "live").map(({ block }): Extent => [block, block + Math.max(heap.usableSize(block), 1)]);
  const copies = new DamagedCopies(context.subject.preset, heap, live);
  let noticed = 0;
  let at = "";
  const attempt = (): void => {
    for (const [i, w] of words.entries()) {
      const before = i32[w];
      for (const mask of [before & -before || 0x10, MASKS[i % MASKS.length]]) {
        at = `the word at ${w * 4}, changed from ${before} to ${before ^ mask}`;
        i32[w] = before ^ mask;
        if (complains(heap, at)) noticed++;
        else if (context.abilities.noticesDamage) copies.proveNoOverlap(at);
        // not by the mask once more: who waits in vain for a lock that was damaged to look taken, leaves his mark there
        i32[w] = before;
      }
    }
  };
  try {
    context.settings.within(PATIENCE, attempt);
  } catch (error) {
    demand(false, `damage to ${at}: ${show(error)}`);
  }
  heap.check();
  return noticed;
}

function complains(heap: Heap, what: string): boolean {
  try {
    heap.check();
    return false;
  } catch (error) {
    demand(error instanceof HeapCorruptionError, `check met ${what}, and threw ${show(error)}`);
    return true;
  }
}

export const CORRUPTION_CASES = casesOf("corruption", {
  "damage to any kind of bookkeeping is noticed or harmless": (context) => {
    const heap = busyHeap(context);
    const words = new Map<string, number[]>();
    for (const region of census(heap).filter(({ state }) => state === "metadata")) {
      words.set(region.layer, [...(words.get(region.layer) ?? []), ...wordsOf(region)]);
    }
    const noticed = [...words.values()].map((all) => smash(context, heap, some(heap, all)));
    demand(noticed.some((count) => count > 0), `no damage was noticed in any of ${show([...words.keys()])}`);
  },
  "what is written into freed blocks is noticed or harmless": (context) => {
    const heap = busyHeap(context);
    const free = census(heap).filter(({ state }) => state === "free" || state === "cached");
    smash(context, heap, some(heap, free.flatMap((region) => wordsOf(region).slice(0, 3))));
  },
  "what is written beside live blocks is noticed or harmless": (context) => {
    const heap = busyHeap(context);
    const live = census(heap).filter(({ state }) => state === "live");
    const beside = live.flatMap((region) => {
      const behind = region.block + heap.usableSize(region.block);
      const before = wordsOf({ ...region, bytes: region.block - region.address });
      return [...before, ...wordsOf({ ...region, address: behind, bytes: region.address + region.bytes - behind })];
    });
    smash(context, heap, some(heap, beside));
  },
});
