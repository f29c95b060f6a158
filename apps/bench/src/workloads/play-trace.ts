/**
 * A real program: what it allocated, resized and freed, in the order in which it did. Several threads play the same
 * recording, each for itself, and so do not free each other's blocks even where the program's threads did.
 */
import { EventKind } from "@heapwright/trace";
import type { Arena } from "./arena.js";
import { readBack, readFirst, writeLines } from "./touch.js";
import { firstEvents, type TraceEvents } from "./trace-events.js";
import { noWords, Part, type Stage, type Workload } from "./workload.js";

const WORD = 4;
/** More than any recording has. */
const ALL = 10_000_000;
const { malloc: MALLOC, calloc: CALLOC, realloc: REALLOC, free: FREE } = EventKind;

class PlayTrace extends Part {
  readonly #heap: Arena;
  readonly #events: TraceEvents;
  /** Address and size of each block, by its number, which is from 1. */
  readonly #places: Int32Array;

  constructor({ heap, trace, parameters: { events } }: Stage) {
    super();
    if (trace === undefined) throw new Error("this workload needs a recording");
    this.#heap = heap;
    this.#events = { blocks: trace.blocks, words: firstEvents(trace, events) };
    this.#places = new Int32Array(2 * (trace.blocks + 1));
  }

  /** One loop, in which the heap's calls are compiled together with what is done between them, as a C compiler does. */
  round(round: number): number {
    const heap = this.#heap;
    const { memory } = heap;
    const { words } = this.#events;
    const places = this.#places;
    let sum = 0;
    for (let at = 0; at < words.length; at += 4) {
      const kind = words[at];
      const block = words[at + 1];
      const place = block << 1;
      if (kind === FREE) {
        const address = places[place] >>> 0;
        if (places[place + 1] >= WORD) sum = (sum + readBack(memory, address)) | 0;
        heap.free(address);
        places[place] = 0;
        continue;
      }
      const one = words[at + 2];
      const other = words[at + 3];
      const bytes = kind === CALLOC ? Math.imul(one, other) : one;
      let address = 0;
      if (kind === MALLOC) address = heap.malloc(bytes);
      else if (kind === REALLOC) {
        const from = other << 1;
        address = heap.realloc(places[from] >>> 0, bytes);
        places[from] = 0;
        if (address !== 0 && places[from + 1] >= WORD && bytes >= WORD) sum = (sum + readFirst(memory, address)) | 0;
      } else if (kind === CALLOC) address = heap.calloc(other, one);
      else address = heap.alignedAlloc(other, bytes);
      writeLines(memory, address, bytes, block + round);
      places[place] = address;
      places[place + 1] = bytes;
    }
    let calls = words.length >>> 2;
    for (let at = 2; at < places.length; at += 2) {
      if (places[at] === 0) continue;
      const address = places[at] >>> 0;
      if (places[at + 1] >= WORD) sum = (sum + readBack(memory, address)) | 0;
      heap.free(address);
      places[at] = 0;
      calls += 1;
    }
    this.calls = calls;
    return sum;
  }
}

/** @param recording a name in apps/replay/recordings */
export function traceWorkload(recording: string): Workload {
  return {
    name: `trace-${recording}`,
    source: `the recording ${recording} of apps/replay, its first so many events, all threads' events in their order; what the program never freed is freed at the end of a round`,
    touches: "first word of every cache line; the first is read back",
    parameters: { events: ALL },
    quick: { events: 100_000 },
    tiny: { events: 20_000 },
    maximumThreads: 2,
    recording,
    sharedWords: noWords,
    part: (stage) => new PlayTrace(stage),
  };
}
