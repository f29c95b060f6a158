/**
 * Groups of blocks of one size, the smaller the more, for all sizes in turn; some groups are freed last in, first out,
 * others in the order they were made, and some only after the next group of their kind was made.
 */
import { seedOf } from "./random.js";
import { touchesOf } from "./touch.js";
import { noWords, type Parameters, type RoundResult, type Stage, type Workload } from "./workload.js";

const SMALLEST = 4;

/** What becomes of the groups, in turn. */
const enum Turn {
  keep = 1,
  oldestFirst = 3,
}

/** Does something with the first so many blocks of a group. @returns the sum of what it read */
export type GroupEnd = (group: Uint32Array, count: number) => number;

export interface Groups {
  /** Frees a group in the order in which it was made. */
  readonly freeForward: GroupEnd;
  /** @param endOldestFirst what becomes of one group in four, which sh8-like does differently */
  play(round: number, endOldestFirst: GroupEnd): RoundResult;
}

export function groupsOf({ heap, thread, parameters }: Stage): Groups {
  const { readBack, readFirst, writeFirst } = touchesOf(heap.memory);
  const { passes, most, step, budget } = parameters;
  const group = new Uint32Array(largestGroup(parameters));
  const kept = new Uint32Array(largestGroup(parameters));

  const make = (count: number, bytes: number, value: number): void => {
    for (let i = 0; i < count; i += 1) {
      const block = heap.malloc(bytes);
      writeFirst(block, bytes, value + i);
      group[i] = block;
    }
  };

  const freeForward: GroupEnd = (blocks, count) => {
    let sum = 0;
    for (let i = 0; i < count; i += 1) {
      sum = (sum + readFirst(blocks[i])) | 0;
      heap.free(blocks[i]);
    }
    return sum;
  };

  const freeBackward = (count: number): number => {
    let sum = 0;
    for (let i = count - 1; i >= 0; i -= 1) {
      sum = (sum + readBack(group[i])) | 0;
      heap.free(group[i]);
    }
    return sum;
  };

  const play: Groups["play"] = (round, endOldestFirst) => {
    const start = seedOf(thread, round);
    let keptCount = 0;
    let sum = 0;
    let mallocs = 0;
    for (let pass = 0, turn = 0; pass < passes; pass += 1) {
      for (let bytes = SMALLEST; bytes <= most; bytes += step, turn += 1) {
        const count = Math.max(1, Math.floor(budget / bytes));
        make(count, bytes, start + turn);
        mallocs += count;
        if ((turn & 3) === Turn.keep) {
          sum = (sum + freeForward(kept, keptCount)) | 0;
          kept.set(group.subarray(0, count));
          keptCount = count;
        } else sum = (sum + ((turn & 3) === Turn.oldestFirst ? endOldestFirst(group, count) : freeBackward(count))) | 0;
      }
    }
    sum = (sum + freeForward(kept, keptCount)) | 0;
    return { sum, calls: 2 * mallocs };
  };

  return { freeForward, play };
}

function largestGroup({ budget }: Parameters): number {
  return Math.max(1, Math.floor(budget / SMALLEST));
}

/** The most blocks that a round can make. */
export function blocksPerRound({ passes, most, step, budget }: Parameters): number {
  let blocks = 0;
  for (let bytes = SMALLEST; bytes <= most; bytes += step) blocks += Math.max(1, Math.floor(budget / bytes));
  return passes * blocks;
}

export const SMART_HEAP = {
  touches: "first word",
  parameters: { passes: 4, most: 1000, step: 4, budget: 20_000 },
  quick: { passes: 1 },
  tiny: { passes: 1, step: 28, budget: 400 },
};

export const sh6Like: Workload = {
  name: "sh6-like",
  source: "after what mimalloc-bench says of MicroQuill's sh6bench: sizes to 1,000 bytes, some objects freed last allocated, first freed, others in reverse order. Our own program and numbers",
  ...SMART_HEAP,
  sharedWords: noWords,
  part: (stage) => {
    const { freeForward, play } = groupsOf(stage);
    return { round: (round) => play(round, freeForward) };
  },
};
