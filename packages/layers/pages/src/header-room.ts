/**
 * How much of a memory its header takes. For presets whose own memory is to hold a certain number of pages and hardly
 * more: what the header takes of them depends on how many pages there are to tell apart, and how many threads.
 */
import { ADDRESS_SPACE, PAGE_BYTES } from "@heapwright/core";
import { PAGE_ENTRY } from "./page-table.js";
import { WINDOW } from "./windows.js";

/** An entry in the page map, and a bit in the bitmap. */
const PER_PAGE = PAGE_ENTRY.bytes + 1;
/** A slot in the register of threads, and a window. */
const PER_THREAD = 8 + WINDOW.bytes;
/** For the layers above: a few words for each size class. */
const FOR_OTHERS = 16384;
const MOST_THREADS = 4096;

/** Bytes, in whole pages, that are enough for the header of a memory with so many pages beside it. An estimate from above. */
export function headerRoom(pages: number, maximumThreads: number): number {
  return Math.ceil((pages * PER_PAGE + maximumThreads * PER_THREAD + FOR_OTHERS) / PAGE_BYTES) * PAGE_BYTES;
}

/** Bytes, in whole pages, that the header leaves of the longest memory there is, for however many threads it has slots. */
export function mostBesideHeader(): number {
  return ADDRESS_SPACE - headerRoom(ADDRESS_SPACE / PAGE_BYTES, MOST_THREADS);
}
