/**
 * As sh6-like, but a group in four is left to the next thread, which frees it a round later.
 */
import { blocksPerRound, groupsOf, type GroupEnd, SMART_HEAP, sh6Like } from "./sh6-like.js";
import type { Part, Stage, Workload } from "./workload.js";

function partOf(stage: Stage): Part {
  const { thread, threads, shared, parameters } = stage;
  const words = boxWords(parameters);
  const { freeForward, play } = groupsOf(stage);

  /** For each thread two boxes, for even and odd rounds: a count, then so many blocks. */
  const boxOf = (owner: number, round: number): Uint32Array =>
    new Uint32Array(shared.buffer, shared.byteOffset + 4 * (2 * owner + (round & 1)) * words, words);

  const emptyOut = (box: Uint32Array): number => {
    const sum = freeForward(box.subarray(1), box[0]);
    box[0] = 0;
    return sum;
  };

  let filling = boxOf(thread, 0);
  const handOn: GroupEnd = (group, count) => {
    filling.set(group.subarray(0, count), 1 + filling[0]);
    filling[0] += count;
    return 0;
  };

  return {
    round: (round) => {
      filling = boxOf(thread, round);
      const inherited = emptyOut(boxOf((thread + 1) % threads, round + 1));
      const { sum, calls } = play(round, handOn);
      return { sum: (inherited + sum) | 0, calls };
    },
    leave: () => {
      emptyOut(boxOf(thread, 0));
      emptyOut(boxOf(thread, 1));
    },
  };
}

function boxWords(parameters: Workload["parameters"]): number {
  return 1 + blocksPerRound(parameters);
}

export const sh8Like: Workload = {
  name: "sh8-like",
  source: `${sh6Like.source}; of sh8bench: as in larson, some objects are freed by other threads`,
  ...SMART_HEAP,
  sharedWords: (parameters, threads) => 2 * threads * boxWords(parameters),
  part: partOf,
};
