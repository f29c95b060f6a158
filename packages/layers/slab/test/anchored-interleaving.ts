/**
 * Random interleavings of simulated threads on one heap, in one process: before any access to shared words, with some
 * probability, whole operations of a thread that stands idle are run inside the operation that is under way. That explores
 * preemptions in which the interrupted thread sleeps longest, nested as deep as there are threads. A thread that had to wait
 * for a sleeping one would never return, so this also shows that none has to.
 */
import { fixed } from "@heapwright/core";
import { attachSlabs, formatSlabs, TINY, type AnchoredThread, type FixtureOptions } from "./anchored-fixture.js";
import { openSteered, type SteeredMemory } from "./steered-memory.js";

export interface Schedule {
  readonly seed: number;
  readonly threads: number;
  /** Operations begun while nothing else is under way. */
  readonly operations: number;
  /** Of an interruption at a step. */
  readonly probability: number;
  /** Most blocks held at the same time. */
  readonly blocks: number;
}

/** xorshift32; the seed alone decides a run. */
export function randomFrom(seed: number): (below: number) => number {
  let state = (seed * 2654435761) | 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return Math.floor(((state >>> 0) / 2 ** 32) * below);
  };
}

/**
 * @throws when an address is handed out twice, a live block is refused, or the heap's check fails
 * @returns how often a thread was interrupted
 */
export function interleave(schedule: Schedule, options: FixtureOptions = {}): number {
  const { threads: count, operations, probability, blocks } = schedule;
  const random = randomFrom(schedule.seed);
  const own = { heaps: 1, source: fixed(512 * 1024), classes: TINY, ...options, open: openSteered };
  const one = formatSlabs(own);
  const threads: AnchoredThread[] = [one, ...Array.from({ length: count - 1 }, () => attachSlabs(one.handle, own))];
  const idle = new Set(threads);
  const held: number[] = [];
  const live = new Set<number>();
  let interruptions = 0;

  const operate = (thread: AnchoredThread): void => {
    idle.delete(thread);
    if (held.length < blocks && random(2) === 0) {
      const address = thread.slabs.allocate(random(8) === 0 ? 8000 : 5000);
      if (address !== 0) {
        if (live.has(address)) throw new Error(`${address} was handed out twice`);
        live.add(address);
        held.push(address);
      }
    } else if (held.length > 0) {
      const [address] = held.splice(random(held.length), 1);
      live.delete(address);
      thread.slabs.free(address);
    }
    idle.add(thread);
  };

  const interrupt = (): void => {
    if (idle.size === 0 || random(1000) >= probability * 1000) return;
    interruptions++;
    const thread = [...idle][random(idle.size)];
    for (let more = random(12); more >= 0; more--) operate(thread);
  };

  for (const { memory } of threads) (memory as SteeredMemory).beforeStep = interrupt;
  for (let i = 0; i < operations; i++) {
    operate(threads[random(count)]);
    if (i % 20 === 0) quietly(threads, interrupt, () => one.heap.check());
  }
  quietly(threads, interrupt, () => {
    for (const address of held) one.slabs.free(address);
    one.heap.check();
  });
  return interruptions;
}

function quietly(threads: readonly AnchoredThread[], interrupt: () => void, work: () => void): void {
  const steer = (beforeStep: () => void): void => threads.forEach(({ memory }) => ((memory as SteeredMemory).beforeStep = beforeStep));
  steer(() => {});
  work();
  steer(interrupt);
}
