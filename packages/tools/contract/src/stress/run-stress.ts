/** Stress by real workers: as many operations as fit into the time, and a heap that is empty and sound in the end. */
import type { Heap, HeapOptions, Preset } from "@heapwright/core";
import { census } from "../census.js";
import type { TestMemory } from "../memory-kinds.js";
import { inTurn, subjectsOf, type Subject, type SubjectOptions } from "../subject.js";
import { demand, demandEqual } from "../violation.js";
import { Control } from "./control.js";
import { Crew, type Orders, type StartStressWorker } from "./crew.js";
import { proveSealed, readParcel } from "./parcel.js";
import { Random } from "./random.js";

/** How long and how hard. */
export interface StressSettings {
  /** Workers at a time. Default 4. */
  readonly workers?: number;
  /** Seconds per kind of memory. Default 1. */
  readonly seconds?: number;
  /** Bytes that the heap may grow to. Default 8 MiB, which the workers use up towards the end. */
  readonly maximumBytes?: number;
  /** Default: another one each time; messages name it. How threads interleave is not repeatable all the same. */
  readonly seed?: number;
  /** Milliseconds without a sign of life after which a worker is given up. Default 15 000, as the machine may be busy. */
  readonly patience?: number;
}

/** What was done. */
export interface StressReport {
  readonly seed: number;
  readonly operations: number;
  /** Operations for which the heap had no memory. */
  readonly refusals: number;
  /** Workers that were started; those above the number at a time replaced others. */
  readonly workers: number;
  readonly bufferBytes: number;
}

const SLOTS = 300;
const MAILBOXES = 64;

/** Everything that a run needs, of stress or of kills. */
export interface Arena {
  readonly heap: Heap;
  readonly memory: TestMemory;
  readonly control: Control;
  readonly crew: Crew;
  readonly random: Random;
  readonly seed: number;
}

/** A heap as small as it can start, for `workers` workers and as many successors. */
export function openArena(subject: Subject, start: StartStressWorker, settings: StressSettings, orders: Omit<Orders, "largestBlock">, largestBlock: number): Arena {
  const { workers = 4, maximumBytes = 2 ** 23, patience = 15_000, seed = (Math.random() * 2 ** 31) | 0 } = settings;
  const memory = subject.memory.make(65536, maximumBytes);
  const heap = subject.preset.create({ ...subject.options, memory: memory.source, maximumThreads: 2 * workers + 2 });
  const control = Control.make(workers, SLOTS, MAILBOXES);
  const crew = new Crew(heap, control, start, { ...orders, largestBlock: Math.min(largestBlock, subject.abilities.largestBlock) }, patience);
  return { heap, memory, control, crew, random: new Random(seed), seed };
}

/**
 * Runs workers on one heap of `preset`: random operations, blocks that cross threads, growth, threads that leave and are
 * replaced. @throws ContractViolation naming the seed, when a block was damaged, a worker failed or hung, or the heap
 * is not empty and sound in the end
 */
export async function runStress<Options extends HeapOptions>(
  preset: Preset<Options>,
  start: StartStressWorker,
  settings: StressSettings & SubjectOptions<Options> = {},
): Promise<StressReport[]> {
  return inTurn(subjectsOf(preset, settings), (subject) => stress(subject, start, settings));
}

/** {@link runStress} on one kind of memory. */
export async function stress(subject: Subject, start: StartStressWorker, settings: StressSettings): Promise<StressReport> {
  const { workers = 4, seconds = 1 } = settings;
  const arena = openArena(subject, start, settings, { rampMilliseconds: seconds * 900, work: "mixture", restlessness: "rejoins" }, 2 ** 20);
  const { crew, control, heap, random, seed } = arena;
  const lifetime = (): number => 10_000 + random.below(30_000);
  let hired = 0;
  return guarded(arena, async () => {
    const rows = Array.from({ length: workers }, (_, row) => row);
    for (const row of rows) await crew.hire(row, random.next(), lifetime());
    hired += workers;
    await crew.awaitStart(rows);
    const end = performance.now() + seconds * 1000;
    while (performance.now() < end) {
      await crew.watch(20);
      for (const row of crew.rows().filter((one) => crew.hasEnded(one))) {
        await crew.hire(row, random.next(), lifetime());
        hired++;
      }
    }
    await crew.dismiss();
    for (const row of rows) demand(control.operationsOf(row) > 0, `the workers of row ${row} did nothing`);
    drain(arena);
    proveEmpty(heap);
    return { ...counted(arena), seed, workers: hired };
  });
}

/** Nothing is live or lost, and the heap is sound. */
export function proveEmpty(heap: Heap): void {
  heap.check();
  const left = census(heap).filter(({ state }) => state === "live" || state === "lost");
  demandEqual(left.length, 0, `blocks left after all were freed, the first of them ${JSON.stringify(left[0])}`);
}

/** Frees what is left in mailboxes and slots, after proving it whole. */
export function drain({ heap, control }: Arena): void {
  for (let mailbox = 0; mailbox < control.mailboxes; mailbox++) {
    const address = control.exchange(mailbox, 0);
    if (address === 0) continue;
    proveSealed(heap.memory, readParcel(heap.memory, address));
    heap.free(address);
  }
  for (let row = 0; row < control.rows; row++) {
    for (let slot = 0; slot < control.slots; slot++) {
      const held = control.take(row, slot);
      if (held === undefined) continue;
      proveSealed(heap.memory, held);
      heap.free(held.address);
    }
  }
}

export function counted({ heap, control }: Arena): { operations: number; refusals: number; bufferBytes: number } {
  const sum = (of: (row: number) => number): number => Array.from({ length: control.rows }, (_, row) => of(row)).reduce((a, b) => a + b, 0);
  return {
    operations: sum((row) => control.operationsOf(row)),
    refusals: sum((row) => control.refusalsOf(row)),
    bufferBytes: heap.memory.buffer.byteLength,
  };
}

/** Runs `action`; when it fails, ends all workers and names the seed. */
export async function guarded<T>({ crew, memory, seed }: Arena, action: () => Promise<T>): Promise<T> {
  try {
    const result = await action();
    memory.proveGuard();
    return result;
  } catch (error) {
    crew.control.stop();
    await crew.killAll();
    if (error instanceof Error) error.message = `${error.message} (seed ${seed})`;
    throw error;
  }
}
