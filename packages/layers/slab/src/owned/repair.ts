/**
 * What is done with a heap after a thread died while it held the lock. Which words are believed:
 *
 * - the page map's note: this page is cut into superblocks. It is written after all headers of the page.
 * - a superblock's owner word: which heap it is in. Its one store, under both locks, is the move; a thread that died
 *   in the middle of a move held both, so both heaps are rebuilt, and it turns up in exactly one of them.
 * - a superblock's class: stored after the bitmaps have been zeroed, or after the last live bit has gone.
 * - its live bits: malloc sets one, free clears one. The block that the dead thread had in hand is live or free
 *   according to its bit: at worst it stays live though nobody has its address.
 * - its pending bits, where the live bit is set: another thread has freed the block and pushed it, or is about to.
 *
 * Lists, groups, counts, statistics, and which pages are wholly blank are derived from those. Delayed frees need no
 * repair: each step of a push or pop leaves a good stack. Killed between the pending bit and the push, or between the
 * pop and the live bit, a thread loses that one block.
 */
import { PAGE_BYTES } from "@heapwright/core";
import type { GlobalHeap } from "./global-heap.js";
import type { OwnedHeap } from "./owned-heap.js";
import { BLANK } from "./superblock-geometry.js";
import type { Superblocks } from "./superblocks.js";

/** Lists a heap's superblocks anew. The caller holds its lock, and the global one, so that pages and owners stay. */
export function rebuildHeap(heap: OwnedHeap, global: GlobalHeap, superblocks: Superblocks): void {
  heap.clear();
  global.superblocksDo((s) => {
    if (superblocks.ownerOf(s) !== heap.index) return;
    const c = superblocks.classOf(s);
    if (c !== BLANK) superblocks.rebuild(s, c);
    if (heap === global && (c === BLANK || superblocks.usedOf(s) === 0)) {
      superblocks.erase(s);
      global.listBlank(s);
    } else {
      heap.list(s, c);
    }
  });
  if (heap === global) releaseBlankPages(global);
}

function releaseBlankPages(global: GlobalHeap): void {
  const pages: number[] = [];
  global.superblocksDo((s) => {
    if (s % PAGE_BYTES === 0 && global.isBlankPage(s)) pages.push(s);
  });
  for (const page of pages) global.releaseIfBlank(page);
}
