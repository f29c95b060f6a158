/**
 * As sh6-like, but a group in four is left to the next thread, which frees it a round later.
 */
import { blocksPerRound, Sh6Like, SMART_HEAP, sh6Like } from "./sh6-like.js";
import type { Stage, Workload } from "./workload.js";

class Sh8Like extends Sh6Like {
  /** For each thread two boxes, for even and odd rounds: a count, then so many blocks. */
  readonly #shared: Int32Array;
  readonly #box: number;
  readonly #place: number;
  readonly #neighbour: number;
  #filling: Int32Array;

  constructor(stage: Stage) {
    super(stage);
    this.#shared = stage.shared;
    this.#box = boxWords(stage.parameters);
    this.#place = stage.thread;
    this.#neighbour = (stage.thread + 1) % stage.threads;
    this.#filling = this.#boxOf(this.#place, 0);
  }

  override round(round: number): number {
    this.#filling = this.#boxOf(this.#place, round & 1);
    const inherited = this.#boxOf(this.#neighbour, (round + 1) & 1);
    const sum = this.#emptyOut(inherited);
    return (sum + super.round(round)) | 0;
  }

  protected override freeOldestFirst(group: Uint32Array, count: number): number {
    const box = this.#filling;
    box.set(group.subarray(0, count), 1 + box[0]);
    box[0] += count;
    return 0;
  }

  override leave(): void {
    this.#emptyOut(this.#boxOf(this.#place, 0));
    this.#emptyOut(this.#boxOf(this.#place, 1));
  }

  #emptyOut(box: Int32Array): number {
    const sum = this.freeForward(box.subarray(1), box[0]);
    box[0] = 0;
    return sum;
  }

  #boxOf(thread: number, parity: number): Int32Array {
    const from = (2 * thread + parity) * this.#box;
    return this.#shared.subarray(from, from + this.#box);
  }
}

function boxWords(parameters: Workload["parameters"]): number {
  return 1 + blocksPerRound(parameters);
}

export const sh8Like: Workload = {
  name: "sh8-like",
  source: `${sh6Like.source}; of sh8bench: as in larson, some objects are freed by other threads`,
  ...SMART_HEAP,
  sharedWords: (parameters, threads) => 2 * threads * boxWords(parameters),
  part: (stage) => new Sh8Like(stage),
};
