/** All bytes of a heap at one moment, to prove that a refused call has changed none of them. */
import type { Heap } from "@heapwright/core";
import { demand, demandEqual } from "./violation.js";

export class Snapshot {
  readonly #words: Int32Array;

  constructor(private readonly heap: Heap) {
    heap.memory.reach(Number.MAX_SAFE_INTEGER);
    this.#words = new Int32Array(heap.memory.i32);
  }

  /** Throws when a byte has changed, or the buffer's length, or when the heap no longer proves itself sound. */
  proveSame(after: string): void {
    const { memory } = this.heap;
    memory.reach(Number.MAX_SAFE_INTEGER);
    const now = memory.i32;
    const then = this.#words;
    demandEqual(now.length, then.length, `words of the buffer after ${after}`);
    for (let w = 0; w < then.length; w++) {
      if (now[w] !== then[w]) demand(false, `${after} changed the word at ${w * 4} from ${then[w]} to ${now[w]}`);
    }
    this.heap.check();
  }
}
