/**
 * Active false sharing: threads write their own small blocks very often. If the allocator gave two threads blocks of one
 * cache line, the line travels between their cores, and the writes take many times as long.
 */
import type { Arena, Views } from "./arena.js";
import { cover } from "./touch.js";
import { noWords, Part, type Stage, type Workload } from "./workload.js";

export class ActiveFalse extends Part {
  protected readonly heap: Arena;
  protected readonly bytes: number;
  readonly #pairs: number;
  readonly #writes: number;

  constructor({ heap, parameters: { pairs, bytes, writes } }: Stage) {
    super();
    this.heap = heap;
    this.#pairs = pairs;
    this.bytes = bytes;
    this.#writes = writes;
  }

  round(_round: number): number {
    const { heap, bytes } = this;
    const { memory } = heap;
    const [pairs, writes] = [this.#pairs, this.#writes];
    let sum = 0;
    for (let i = 0; i < pairs; i += 1) {
      const block = heap.malloc(bytes);
      cover(memory, block, bytes);
      sum = (sum + writeOften(memory, block, bytes, writes)) | 0;
      heap.free(block);
    }
    this.calls = 2 * pairs;
    return sum;
  }
}

/** Writes and reads each byte as often as `times` says. Eight in a row, because a C compiler unrolls such a loop and V8 does not. */
function writeOften({ u8 }: Views, address: number, bytes: number, times: number): number {
  const block = u8.subarray(address, address + bytes);
  let sum = 0;
  for (let time = 0; time < times; time += 1) {
    let i = 0;
    for (; i + 8 <= bytes; i += 8) {
      const value = time + i;
      block[i] = value;
      sum = (sum + block[i]) | 0;
      block[i + 1] = value + 1;
      sum = (sum + block[i + 1]) | 0;
      block[i + 2] = value + 2;
      sum = (sum + block[i + 2]) | 0;
      block[i + 3] = value + 3;
      sum = (sum + block[i + 3]) | 0;
      block[i + 4] = value + 4;
      sum = (sum + block[i + 4]) | 0;
      block[i + 5] = value + 5;
      sum = (sum + block[i + 5]) | 0;
      block[i + 6] = value + 6;
      sum = (sum + block[i + 6]) | 0;
      block[i + 7] = value + 7;
      sum = (sum + block[i + 7]) | 0;
    }
    for (; i < bytes; i += 1) {
      block[i] = time + i;
      sum = (sum + block[i]) | 0;
    }
  }
  return sum;
}

export const FALSE_SHARING = { parameters: { pairs: 5_000, bytes: 8, writes: 1000 }, quick: { pairs: 1_000 }, tiny: { pairs: 20, writes: 10 } };

export const activeFalse: Workload = {
  name: "active-false",
  source: "Berger et al., ASPLOS 2000 (Hoard's cache-thrash), as in Michael, PLDI 2004: 10,000 pairs of 8 bytes a thread, each byte written 1,000 times; here in rounds",
  touches: "every byte, as often as `writes` says, written and read",
  ...FALSE_SHARING,
  sharedWords: noWords,
  part: (stage) => new ActiveFalse(stage),
};
