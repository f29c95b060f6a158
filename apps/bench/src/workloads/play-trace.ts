/**
 * A real program: what it allocated, resized and freed, in the order in which it did. Several threads play the same
 * recording, each for itself, and so do not free each other's blocks even where the program's threads did.
 */
import { EventKind } from "@heapwright/trace";
import type { Arena } from "./arena.js";
import { readFirst, writeLines } from "./touch.js";
import type { TraceEvents } from "./trace-events.js";
import { noWords, Part, type Stage, type Workload } from "./workload.js";

const WORD = 4;
const { malloc: MALLOC, calloc: CALLOC, alignedAlloc: ALIGNED_ALLOC, realloc: REALLOC } = EventKind;

class PlayTrace extends Part {
  readonly #heap: Arena;
  readonly #events: TraceEvents;
  /** Addresses and sizes by number of the block, which are from 1. */
  readonly #addresses: Uint32Array;
  readonly #sizes: Uint32Array;

  constructor({ heap, trace }: Stage) {
    super();
    if (trace === undefined) throw new Error("this workload needs a recording");
    this.#heap = heap;
    this.#events = trace;
    this.#addresses = new Uint32Array(trace.blocks + 1);
    this.#sizes = new Uint32Array(trace.blocks + 1);
  }

  round(round: number): number {
    const heap = this.#heap;
    const { words } = this.#events;
    const addresses = this.#addresses;
    let sum = 0;
    for (let at = 0; at < words.length; at += 4) {
      const block = words[at + 1];
      const bytes = words[at + 2];
      const other = words[at + 3];
      switch (words[at]) {
        case MALLOC:
          this.#made(block, heap.malloc(bytes), bytes, round);
          break;
        case CALLOC:
          this.#made(block, heap.calloc(other, bytes), other * bytes, round);
          break;
        case ALIGNED_ALLOC:
          this.#made(block, heap.alignedAlloc(other, bytes), bytes, round);
          break;
        case REALLOC: {
          const address = heap.realloc(addresses[other], bytes);
          addresses[other] = 0;
          if (address !== 0 && Math.min(this.#sizes[other], bytes) >= WORD) sum = (sum + readFirst(heap.memory, address)) | 0;
          this.#made(block, address, bytes, round);
          break;
        }
        default:
          sum = (sum + this.#end(block)) | 0;
      }
    }
    let calls = words.length >>> 2;
    for (let block = 1; block < addresses.length; block += 1) {
      if (addresses[block] === 0) continue;
      sum = (sum + this.#end(block)) | 0;
      calls += 1;
    }
    this.calls = calls;
    return sum;
  }

  #made(block: number, address: number, bytes: number, round: number): void {
    writeLines(this.#heap.memory, address, bytes, block + round);
    this.#addresses[block] = address;
    this.#sizes[block] = bytes;
  }

  #end(block: number): number {
    const address = this.#addresses[block];
    const value = this.#sizes[block] >= WORD ? readFirst(this.#heap.memory, address) : 0;
    this.#heap.free(address);
    this.#addresses[block] = 0;
    return value;
  }
}

/** @param recording a name in apps/replay/recordings */
export function traceWorkload(recording: string): Workload {
  return {
    name: `trace-${recording}`,
    source: `the recording ${recording} of apps/replay, all threads' events in their order; what the program never freed is freed at the end of a round`,
    touches: "first word of every cache line; the first is read back",
    parameters: {},
    tiny: {},
    maximumThreads: 2,
    recording,
    sharedWords: noWords,
    part: (stage) => new PlayTrace(stage),
  };
}
