/**
 * Walks the events once, as a heap that only counts. It proves that the trace makes sense (numbers in order, no block
 * ended twice or before it is made) and derives the figures of {@link TraceSummary}. Everything that makes or reads a
 * trace goes through here, so that whoever holds a {@link Trace} need not check it again.
 */
import { EventKind, type TraceEvents, type TraceSummary } from "./trace.js";
import { TraceFormatError } from "./trace-format-error.js";

const LARGEST_BLOCK = 2 ** 32 - 1;
/** In place of a thread: the block has ended. */
const ENDED = 0xffff;

/** @throws TraceFormatError `inconsistent`, naming the event */
export function summarize(events: TraceEvents): TraceSummary {
  const { kind, thread, block, other } = events;
  const count = kind.length;
  const counts = [0, 0, 0, 0, 0];
  const sizes = new Uint32Array(count + 1); // by block
  const makers = new Uint16Array(count + 1); // by block
  let threads = 0;
  let blocks = 0;
  let crossThreadFrees = 0;
  let allocatedBytes = 0;
  let liveBytes = 0;
  let liveBlocks = 0;
  let mostBlocks = 0;
  let peak = { event: -1, bytes: 0, blocks: 0 };

  const end = (event: number, number: number): void => {
    if (number === 0 || number > blocks) wrong(event, `block ${number} has not been made`);
    const maker = makers[number];
    if (maker === ENDED) wrong(event, `block ${number} has already been freed`);
    if (maker !== thread[event]) crossThreadFrees += 1;
    makers[number] = ENDED;
    liveBytes -= sizes[number];
    liveBlocks -= 1;
  };

  for (let i = 0; i < count; i += 1) {
    if (thread[i] >= ENDED || thread[i] > threads) wrong(i, `thread ${thread[i]} comes before thread ${threads}`);
    if (thread[i] === threads) threads += 1;
    counts[kind[i]] += 1;
    if (kind[i] === EventKind.free) {
      end(i, block[i]);
      continue;
    }
    const bytes = bytesOf(events, i);
    if (kind[i] === EventKind.realloc) end(i, other[i]);
    blocks += 1;
    if (block[i] !== blocks) wrong(i, `makes block ${block[i]} where block ${blocks} is due`);
    sizes[blocks] = bytes;
    makers[blocks] = thread[i];
    allocatedBytes += bytes;
    liveBytes += bytes;
    liveBlocks += 1;
    mostBlocks = Math.max(mostBlocks, liveBlocks);
    if (liveBytes > peak.bytes) peak = { event: i, bytes: liveBytes, blocks: liveBlocks };
  }

  const [mallocs, callocs, alignedAllocs, reallocs, frees] = counts;
  return {
    events: count, threads, blocks, mallocs, callocs, alignedAllocs, reallocs, frees,
    crossThreadFrees, neverFreed: liveBlocks, allocatedBytes, peak, mostBlocks,
  };
}

/** What the event asks for, in bytes. */
function bytesOf({ kind, size, other }: TraceEvents, i: number): number {
  switch (kind[i]) {
    case EventKind.malloc:
    case EventKind.realloc:
      return size[i];
    case EventKind.calloc:
      return other[i] * size[i] <= LARGEST_BLOCK ? other[i] * size[i] : wrong(i, "asks for 4 GiB or more");
    case EventKind.alignedAlloc:
      return other[i] > 0 && (other[i] & (other[i] - 1)) === 0 ? size[i] : wrong(i, `alignment ${other[i]} is not a power of two`);
    default:
      return wrong(i, `unknown kind ${kind[i]}`);
  }
}

function wrong(event: number, what: string): never {
  throw new TraceFormatError("inconsistent", `event ${event}: ${what}`);
}
