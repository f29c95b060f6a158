/**
 * Groups of blocks of one size, the smaller the more, for all sizes in turn; some groups are freed last in, first out,
 * others in the order they were made, and some only after the next group of their kind was made.
 */
import type { Arena } from "./arena.js";
import { seedOf } from "./random.js";
import { readBack, readFirst, writeFirst } from "./touch.js";
import { noWords, Part, type Parameters, type Stage, type Workload } from "./workload.js";

const SMALLEST = 4;

/** What becomes of the groups, in turn. */
const KEEP = 1;
const FIFO = 3;

export class Sh6Like extends Part {
  protected readonly heap: Arena;
  readonly #thread: number;
  readonly #parameters: Parameters;
  readonly #group: Uint32Array;
  readonly #kept: Uint32Array;
  #keptCount = 0;

  constructor({ heap, thread, parameters }: Stage) {
    super();
    this.heap = heap;
    this.#thread = thread;
    this.#parameters = parameters;
    this.#group = new Uint32Array(largestGroup(parameters));
    this.#kept = new Uint32Array(largestGroup(parameters));
  }

  round(round: number): number {
    const { passes, most, step, budget } = this.#parameters;
    const start = seedOf(this.#thread, round);
    const group = this.#group;
    let sum = 0;
    let mallocs = 0;
    for (let pass = 0, turn = 0; pass < passes; pass += 1) {
      for (let bytes = SMALLEST; bytes <= most; bytes += step, turn += 1) {
        const count = Math.max(1, Math.floor(budget / bytes));
        this.#make(group, count, bytes, start + turn);
        mallocs += count;
        if ((turn & 3) === KEEP) {
          sum = (sum + this.freeForward(this.#kept, this.#keptCount)) | 0;
          this.#kept.set(group.subarray(0, count));
          this.#keptCount = count;
        } else if ((turn & 3) === FIFO) {
          sum = (sum + this.freeOldestFirst(group, count)) | 0;
        } else {
          sum = (sum + this.#freeBackward(group, count)) | 0;
        }
      }
    }
    sum = (sum + this.freeForward(this.#kept, this.#keptCount)) | 0;
    this.#keptCount = 0;
    this.calls = 2 * mallocs;
    return sum;
  }

  #make(group: Uint32Array, count: number, bytes: number, value: number): void {
    const { heap } = this;
    const { memory } = heap;
    for (let i = 0; i < count; i += 1) {
      const block = heap.malloc(bytes);
      writeFirst(memory, block, bytes, value + i);
      group[i] = block;
    }
  }

  /** What {@link Sh8Like} does differently. */
  protected freeOldestFirst(group: Uint32Array, count: number): number {
    return this.freeForward(group, count);
  }

  protected freeForward(group: Uint32Array | Int32Array, count: number): number {
    const { heap } = this;
    const { memory } = heap;
    let sum = 0;
    for (let i = 0; i < count; i += 1) {
      sum = (sum + readFirst(memory, group[i] >>> 0)) | 0;
      heap.free(group[i] >>> 0);
    }
    return sum;
  }

  #freeBackward(group: Uint32Array, count: number): number {
    const { heap } = this;
    const { memory } = heap;
    let sum = 0;
    for (let i = count - 1; i >= 0; i -= 1) {
      sum = (sum + readBack(memory, group[i])) | 0;
      heap.free(group[i]);
    }
    return sum;
  }
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
  part: (stage) => new Sh6Like(stage),
};
