/**
 * A real program: what it allocated, resized and freed, in the order in which it did. Several threads play the same
 * recording, each for itself, and so do not free each other's blocks even where the program's threads did.
 */
import { Touch, touchesOf } from "./touch.js";
import { firstEvents } from "./trace-events.js";
import { noWords, type Part, type Stage, type Workload } from "./workload.js";

/** More than any recording has. */
const ALL = 10_000_000;

/** `EventKind` of `@heapwright/trace` as numbers, for the same reason as {@link Touch}. */
export const enum Kind {
  malloc,
  calloc,
  alignedAlloc,
  realloc,
  free,
}

function partOf({ heap, trace, parameters: { events } }: Stage): Part {
  if (trace === undefined) throw new Error("this workload needs a recording");
  const { readBack, readFirst, writeLines } = touchesOf(heap.memory);
  const words = firstEvents(trace, events);
  // address and size of each block, by its number, which is from 1
  const places = new Int32Array(2 * (trace.blocks + 1));

  /** One loop, in which the heap's calls are compiled together with what is done between them, as a C compiler does. */
  const play = (round: number): number => {
    let sum = 0;
    for (let at = 0; at < words.length; at += 4) {
      const kind = words[at];
      const block = words[at + 1];
      const place = block << 1;
      if (kind === Kind.free) {
        const address = places[place] >>> 0;
        if (places[place + 1] >= Touch.word) sum = (sum + readBack(address)) | 0;
        heap.free(address);
        places[place] = 0;
        continue;
      }
      const one = words[at + 2];
      const other = words[at + 3];
      const bytes = kind === Kind.calloc ? Math.imul(one, other) : one;
      let address = 0;
      if (kind === Kind.malloc) address = heap.malloc(bytes);
      else if (kind === Kind.realloc) {
        const from = other << 1;
        address = heap.realloc(places[from] >>> 0, bytes);
        places[from] = 0;
        if (address !== 0 && places[from + 1] >= Touch.word && bytes >= Touch.word) sum = (sum + readFirst(address)) | 0;
      } else if (kind === Kind.calloc) address = heap.calloc(other, one);
      else address = heap.alignedAlloc(other, bytes);
      writeLines(address, bytes, block + round);
      places[place] = address;
      places[place + 1] = bytes;
    }
    return sum;
  };

  /** Frees what the program never freed. */
  const end = (): { frees: number; sum: number } => {
    let [frees, sum] = [0, 0];
    for (let at = 2; at < places.length; at += 2) {
      if (places[at] === 0) continue;
      const address = places[at] >>> 0;
      if (places[at + 1] >= Touch.word) sum = (sum + readBack(address)) | 0;
      heap.free(address);
      places[at] = 0;
      frees += 1;
    }
    return { frees, sum };
  };

  return {
    round: (round) => {
      const played = play(round);
      const { frees, sum } = end();
      return { sum: (played + sum) | 0, calls: (words.length >>> 2) + frees };
    },
  };
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
    part: partOf,
  };
}
