/**
 * What a case works with: heaps of the subject on the subject's kind of memory, further attachments in this same
 * thread, and what the subject says it can do. When the case is over, every heap that it did not declare spoiled must
 * still prove itself sound, and nothing below a heap's base may have been touched.
 */
import type { Heap, HeapHandle } from "@heapwright/core";
import { census } from "./census.js";
import { Ledger } from "./ledger.js";
import type { TestMemory } from "./memory-kinds.js";
import type { Subject } from "./subject.js";

/** Sizes of a heap to be made for a case. */
export interface HeapSizes {
  /** Bytes of buffer at first, where the memory grows. Default 1 MiB. */
  readonly initial?: number;
  /** Bytes that the heap may have in all. Default 16 MiB. */
  readonly maximum?: number;
  /** Default 8. */
  readonly threads?: number;
}

/** What a run decides for all cases. */
export interface ContractSettings {
  /** How many random scripts {@link CONTRACT_CASES} runs per subject. */
  readonly runs: number;
  /** Seed of the random scripts; without it each run takes another, and a failure names it. */
  readonly seed?: number;
  /**
   * Runs `action` to its end, or throws when that takes longer. Code that hangs can only be stopped with the engine's
   * help, so the default just runs it; `withinTime` of `@heapwright/contract/vitest` stops it.
   */
  within(milliseconds: number, action: () => void): void;
}

export const DEFAULT_SETTINGS: ContractSettings = { runs: 6, within: (_milliseconds, action) => action() };

const MIB = 2 ** 20;
/** Enough for one step of any case. */
const SMALL = 4 * MIB;

export class Context {
  readonly #made = new Map<Heap, TestMemory>();
  readonly #spoiled = new Set<Heap>();

  constructor(
    readonly subject: Subject,
    readonly settings: ContractSettings,
  ) {}

  get abilities(): Subject["abilities"] {
    return this.subject.abilities;
  }

  /** Whether heaps of this subject outgrow their first buffer. */
  get grows(): boolean {
    return this.abilities.growth && this.subject.memory.grows;
  }

  /** Another context for the same subject, with heaps of its own; for cases that make many. */
  branch(): Context {
    return new Context(this.subject, this.settings);
  }

  /** @param options of the preset's own; those of the subject, unless a case is about others */
  heap(sizes: HeapSizes = {}, options = this.subject.options): Heap {
    const { initial = MIB, maximum = 16 * MIB, threads = 8 } = sizes;
    const memory = this.subject.memory.make(Math.min(initial, maximum), maximum);
    const heap = this.subject.preset.create({ ...options, memory: memory.source, maximumThreads: threads });
    this.#made.set(heap, memory);
    return heap;
  }

  /** One more attachment, as another thread would have; its views do not follow the others'. */
  attach(heap: Heap): Heap {
    return this.subject.preset.attach(heap.handle);
  }

  /** Runs `step` for each item, all on one heap; or each on one of its own, where what is split stays split. */
  inTurn<T>(items: readonly T[], step: (heap: Heap, ledger: Ledger, item: T) => void, sizes: HeapSizes = {}): void {
    if (this.abilities.splitsForGood) {
      for (const item of items) {
        const own = this.branch();
        step(own.heap({ maximum: SMALL }), own.ledger(), item);
        own.finish();
      }
      return;
    }
    const heap = this.heap(sizes);
    const ledger = this.ledger();
    for (const item of items) step(heap, ledger, item);
    ledger.prove(heap);
  }

  ledger(): Ledger {
    return new Ledger(this.abilities);
  }

  /** Whether a fresh heap with megabytes to spare serves such a block. */
  serves(size: number, alignment = 1): boolean {
    return size <= this.abilities.largestBlock && alignment <= this.abilities.largestAlignment;
  }

  /** `size`, or where that is above the ceiling some size below it: sizes that differ mostly still do. */
  fit(size: number): number {
    return size <= this.abilities.largestBlock ? size : size % (this.abilities.largestBlock + 1);
  }

  /** Declares that the case damaged the heap or left it, so that nothing is to be expected of it at the end. */
  spoil(heap: Heap): void {
    this.#spoiled.add(heap);
  }

  /** To be called when the case is over; its heaps are not to be used after it. */
  finish(): void {
    for (const [heap, memory] of this.#made) {
      memory.proveGuard();
      if (!this.#spoiled.has(heap)) {
        heap.check();
        census(heap);
      }
      memory.release();
    }
    this.#made.clear();
  }
}

/** A copy of a handle as another thread would receive it. */
export function received(handle: HeapHandle): HeapHandle {
  return structuredClone(handle);
}
