/**
 * Traces for tests: a program of several threads whose blocks wander between them, from a seed.
 */
import { TraceBuilder, type Trace } from "../src/index.js";

/** The same numbers for the same seed, evenly spread from 0 to `below - 1` (Park and Miller's generator). */
function dice(seed: number): (below: number) => number {
  let state = (seed % 2147483646) + 1;
  return (below) => {
    state = (state * 48271) % 2147483647;
    return state % below;
  };
}

export function randomTrace(seed: number, threads: number, events: number): Trace {
  const roll = dice(seed);
  const builder = new TraceBuilder();
  const live: number[] = [];
  const takeAny = (): number => live.splice(roll(live.length), 1)[0];
  for (let i = 0; i < events; i += 1) {
    const thread = roll(threads);
    const size = roll(10) === 0 ? roll(5000) : roll(100);
    const choice = roll(10);
    if (choice < 4 && live.length > 20) builder.free(thread, takeAny());
    else if (choice < 5 && live.length > 0) live.push(builder.realloc(thread, takeAny(), size));
    else if (choice < 6) live.push(builder.calloc(thread, 1 + roll(4), size));
    else if (choice < 7) live.push(builder.alignedAlloc(thread, 8, size));
    else live.push(builder.malloc(thread, size));
  }
  return builder.build({ program: "random", command: `seed ${seed}` });
}
