/**
 * The spans of a coalescing heap as an {@link Inspector} sees them, while another thread changes them under a lock that is
 * not taken here. Tags are changed in an order that leaves every span readable from its first tag to its last (see
 * stocktaking.ts); but a reader may stand on a tag that is swallowed, and be overwritten by a user, before it is read. So
 * every tag is checked for what a tag can be, a span is begun again when one is not, and after {@link ATTEMPTS} what has
 * been counted up to there is all that is said. Each step goes up in the span, so a reading ends.
 */
import { PAGE_BYTES, plainExtent, type Extent, type Inspector, type Memory } from "@heapwright/core";
import { bytesIn, IN_USE, TAG_BYTES } from "./block-tags.js";
import { FIRST_BLOCK, SPAN_OVERHEAD, type SpanList } from "./span-list.js";

const LAYER = "coalescing heap";
/** How often a span is read before it is left at what can be read of it. */
const ATTEMPTS = 4;

/**
 * @param overhead bytes that a block in use spends
 * @param slack bytes by which a request can be rounded up
 * @returns the largest request that a free block would serve
 */
export function inspectSpans(memory: Memory, spans: SpanList, overhead: number, slack: number, to: Inspector): number {
  let largest = 0;
  let end = 0;
  spans.pages((page) => {
    // pages come in ascending order, so the first one of a span has spoken for the others
    if (page < end) return;
    const bytes = spans.seemsOf(page) === page ? spans.confirmedBytes(page) : 0;
    if (bytes <= SPAN_OVERHEAD) return to.extent(plainExtent(LAYER, "in hand", page, PAGE_BYTES));
    const extent = extentOf(memory, page, spans.held(bytes), bytes, overhead, slack);
    end = page + extent.bytes;
    largest = Math.max(largest, extent.largestFree);
    to.extent(extent);
  });
  return largest;
}

function extentOf(memory: Memory, span: number, held: number, bytes: number, overhead: number, slack: number): Extent {
  let seen = read(memory, span, bytes, overhead);
  for (let attempt = 1; attempt < ATTEMPTS && !seen.whole; attempt++) seen = read(memory, span, bytes, overhead);
  const { liveBlocks, liveBytes, freeBlocks, freeBytes, largestFree } = seen;
  return { address: span, bytes: held, use: "blocks", layer: LAYER, blockBytes: 0, liveBlocks, liveBytes, freeBlocks, freeBytes, largestFree, slackBytes: liveBlocks * slack };
}

interface Reading {
  /** Whether tags led to the end of the span. */
  whole: boolean;
  liveBlocks: number;
  liveBytes: number;
  freeBlocks: number;
  freeBytes: number;
  largestFree: number;
}

function read(memory: Memory, span: number, spanBytes: number, overhead: number): Reading {
  const seen: Reading = { whole: false, liveBlocks: 0, liveBytes: 0, freeBlocks: 0, freeBytes: 0, largestFree: 0 };
  const end = span + spanBytes;
  let block = span + FIRST_BLOCK;
  while (block < end) {
    const tag = memory.racyLoad((block >>> 2) - 1);
    const bytes = bytesIn(tag);
    if (bytes === 0 || (tag & 12) !== 0 || block + bytes > end) return seen;
    const usable = bytes - overhead;
    if ((tag & IN_USE) !== 0) {
      seen.liveBlocks++;
      seen.liveBytes += usable;
    } else {
      seen.freeBlocks++;
      seen.freeBytes += bytes - TAG_BYTES;
      seen.largestFree = Math.max(seen.largestFree, usable);
    }
    block += bytes;
  }
  seen.whole = true;
  return seen;
}
