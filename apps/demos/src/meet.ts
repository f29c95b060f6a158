/**
 * A place where threads wait for each other: nobody goes on before all have come. One word of the heap, used once.
 */
import type { Memory } from "@heapwright/core";

/**
 * @param place address of a word that is 0 at first
 * @param count how many threads will come
 */
export function meet(memory: Memory, place: number, count: number): void {
  const w = place >>> 2;
  if (memory.add(w, 1) + 1 === count) return memory.notify(w, Infinity);
  for (;;) {
    const here = memory.load(w);
    if (here === count) return;
    memory.wait(w, here, 1000); // returns at once if somebody has come since; never waits without a bound
  }
}
