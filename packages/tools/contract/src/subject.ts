/**
 * What is tested: a preset with its options, and what it says it can do. An ability is declared, never probed: a case
 * that needs an absent one proves that it is absent, so every subject runs the same number of cases.
 */
import type { HeapOptions, Preset } from "@heapwright/core";
import { MEMORY_KINDS, type MemoryKind } from "./memory-kinds.js";

/** What a heap does beyond, or short of, the common contract. */
export interface Abilities {
  /** Whether the heap takes more of its memory as it needs it, up to the maximum. False: it lives in an arena of its own. */
  readonly growth: boolean;
  /** Largest size in bytes that is served when there is memory; more gives 0. */
  readonly largestBlock: number;
  /** Largest alignment in bytes that is served when there is memory and alignment and size together are no more than {@link largestBlock}. */
  readonly largestAlignment: number;
  /** Every address is a multiple of this many bytes, a power of two, 8 or more. */
  readonly alignment: number;
  /** Whether freeing a block twice in a row throws `InvalidAddressError`. False: it may be taken without notice. */
  readonly noticesDoubleFree: boolean;
  /** Whether an aligned address inside a block throws `InvalidAddressError`. False: it may be taken without notice. */
  readonly noticesInteriorFree: boolean;
  /**
   * Whether one wrong word of bookkeeping is noticed by `check` wherever it could lead to a block being given out twice.
   * False: the heap keeps too little twice to notice.
   */
  readonly noticesDamage: boolean;
  /** Whether the memory of freed blocks serves blocks of other sizes. */
  readonly reusesAcrossSizes: boolean;
  /**
   * Whether blocks are split and never merged again, so that what is served depends on all that was asked for before. Cases
   * that ask for much in turn then take another heap each time.
   */
  readonly splitsForGood: boolean;
  /**
   * Whether memory serves a thread although the one that used it last stands still, once all blocks in it are freed.
   * False: a thread keeps what it has until it does something or leaves.
   */
  readonly servesFromIdle: boolean;
  /** Bytes that one killed thread may cost the heap, beside the block it was about to be given. */
  readonly killCost: number;
}

/** What most heaps can do, and what is assumed of a subject that does not say otherwise. */
export const FULL_ABILITIES: Abilities = {
  growth: true,
  largestBlock: Number.MAX_SAFE_INTEGER,
  largestAlignment: 2 ** 31,
  alignment: 16,
  noticesDoubleFree: true,
  noticesInteriorFree: true,
  noticesDamage: true,
  reusesAcrossSizes: true,
  splitsForGood: false,
  servesFromIdle: true,
  killCost: 2 ** 18,
};

/** A preset, with options, on one kind of memory. */
export interface Subject {
  readonly name: string;
  readonly preset: Preset;
  /** Options of the preset's own. Those common to all heaps are each case's to choose. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly abilities: Abilities;
  readonly memory: MemoryKind;
}

/** How a preset is to be tested. */
export interface SubjectOptions<Options extends HeapOptions = HeapOptions> {
  /** Shown in reports. Default: the preset's name. */
  readonly name?: string;
  /** Options of the preset's own. */
  readonly options?: Omit<Options, keyof HeapOptions>;
  /** Where the preset differs from {@link FULL_ABILITIES}. */
  readonly abilities?: Partial<Abilities>;
  /** Kinds of memory to run on. Default: all three of {@link MEMORY_KINDS}. */
  readonly memories?: readonly MemoryKind[];
}

/** One subject for every kind of memory. */
export function subjectsOf<Options extends HeapOptions>(preset: Preset<Options>, how: SubjectOptions<Options> = {}): Subject[] {
  return (how.memories ?? MEMORY_KINDS).map((memory) => ({
    name: `${how.name ?? preset.name} on ${memory.name}`,
    preset: preset,
    options: how.options ?? {},
    abilities: { ...FULL_ABILITIES, ...how.abilities },
    memory,
  }));
}

/** One run after the other: two at a time would disturb each other. @returns what each has reported */
export async function inTurn<Report>(subjects: readonly Subject[], run: (subject: Subject) => Promise<Report>): Promise<Report[]> {
  const reports: Report[] = [];
  for (const subject of subjects) reports.push(await run(subject));
  return reports;
}
