/**
 * A recording as workloads play it: all threads' events in the order of the recording, as words of a file that a JavaScript
 * and a C program read alike. The one idea: neither unpacks or checks anything, so that a run starts at once.
 *
 * The file: how many events, how many blocks, the most bytes live at once; then four words for each event: kind, block, bytes
 * (of one element for calloc), and its other number. Words are 32 bits, little-endian. Sizes are at least 1, because what
 * becomes of 0 is not agreed on.
 */
import { EventKind, type Trace } from "@heapwright/trace";

const HEADER_WORDS = 3;
const EVENT_WORDS = 4;

export interface TraceEvents {
  readonly blocks: number;
  /** Four words for each event, all below 2^31. */
  readonly words: Int32Array;
}

/** @returns the contents of the file */
export function encodeEvents({ events, summary }: Trace): Uint32Array {
  const words = new Uint32Array(HEADER_WORDS + summary.events * EVENT_WORDS);
  words.set([summary.events, summary.blocks, summary.peak.bytes]);
  for (let i = 0, at = HEADER_WORDS; i < summary.events; i += 1, at += EVENT_WORDS) {
    words[at] = events.kind[i];
    words[at + 1] = events.block[i];
    words[at + 2] = events.kind[i] === EventKind.free ? 0 : Math.max(1, events.size[i]);
    words[at + 3] = events.kind[i] === EventKind.calloc ? Math.max(1, events.other[i]) : events.other[i];
  }
  return words;
}

/** The words of the first `events` of them, or of all there are. */
export function firstEvents({ words }: TraceEvents, events: number): Int32Array {
  return words.subarray(0, EVENT_WORDS * events);
}

/** @returns the most bytes that are in use at once while `words` are played */
export function peakBytes({ blocks }: TraceEvents, words: Int32Array): number {
  const sizes = new Uint32Array(blocks + 1);
  let [live, peak] = [0, 0];
  for (let at = 0; at < words.length; at += EVENT_WORDS) {
    const kind = words[at];
    const block = words[at + 1];
    const ended = kind === EventKind.free ? block : kind === EventKind.realloc ? words[at + 3] : 0;
    live -= sizes[ended];
    sizes[ended] = 0;
    if (kind === EventKind.free) continue;
    sizes[block] = words[at + 2] * (kind === EventKind.calloc ? words[at + 3] : 1);
    live += sizes[block];
    peak = Math.max(peak, live);
  }
  return peak;
}

/** @param words the contents of the file */
export function decodeEvents(words: Uint32Array): TraceEvents {
  return { blocks: words[1], words: new Int32Array(words.buffer, words.byteOffset + HEADER_WORDS * 4, words.length - HEADER_WORDS) };
}
