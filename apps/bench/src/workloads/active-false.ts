/**
 * Active false sharing: threads write their own small blocks very often. If the allocator gave two threads blocks of one
 * cache line, the line travels between their cores, and the writes take many times as long.
 */
import { touchesOf } from "./touch.js";
import { noWords, type Part, type Stage, type Workload } from "./workload.js";

/** @returns a round's pairs */
export function pairsOf({ heap, parameters: { pairs, bytes, writes } }: Stage): () => number {
  const { memory } = heap;
  const { cover } = touchesOf(memory);

  /** Writes and reads each byte often. Eight in a row, because a C compiler unrolls such a loop and V8 does not. */
  const writeOften = (block: number): number => {
    const { u8 } = memory;
    const end = block + bytes;
    let sum = 0;
    for (let time = 0; time < writes; time += 1) {
      let at = block >>> 0; // a number of 32 bits to V8 from here on, whatever the heap returned
      let value = time;
      for (; at + 8 <= end; at += 8) {
        u8[at] = value;
        sum = (sum + u8[at]) | 0;
        u8[at + 1] = value + 1;
        sum = (sum + u8[at + 1]) | 0;
        u8[at + 2] = value + 2;
        sum = (sum + u8[at + 2]) | 0;
        u8[at + 3] = value + 3;
        sum = (sum + u8[at + 3]) | 0;
        u8[at + 4] = value + 4;
        sum = (sum + u8[at + 4]) | 0;
        u8[at + 5] = value + 5;
        sum = (sum + u8[at + 5]) | 0;
        u8[at + 6] = value + 6;
        sum = (sum + u8[at + 6]) | 0;
        u8[at + 7] = value + 7;
        sum = (sum + u8[at + 7]) | 0;
        value = (value + 8) | 0;
      }
      for (; at < end; at += 1) {
        u8[at] = value;
        sum = (sum + u8[at]) | 0;
        value = (value + 1) | 0;
      }
    }
    return sum;
  };

  return () => {
    let sum = 0;
    for (let i = 0; i < pairs; i += 1) {
      const block = heap.malloc(bytes);
      cover(block, bytes);
      sum = (sum + writeOften(block)) | 0;
      heap.free(block);
    }
    return sum;
  };
}

function partOf(stage: Stage): Part {
  const play = pairsOf(stage);
  const calls = 2 * stage.parameters.pairs;
  return { round: () => ({ sum: play(), calls }) };
}

export const FALSE_SHARING = { parameters: { pairs: 5_000, bytes: 8, writes: 1000 }, quick: { pairs: 1_000 }, tiny: { pairs: 20, writes: 10 } };

export const activeFalse: Workload = {
  name: "active-false",
  source: "Berger et al., ASPLOS 2000 (Hoard's cache-thrash), as in Michael, PLDI 2004: 10,000 pairs of 8 bytes a thread, each byte written 1,000 times; here in rounds",
  touches: "every byte, as often as `writes` says, written and read",
  ...FALSE_SHARING,
  sharedWords: noWords,
  part: partOf,
};
