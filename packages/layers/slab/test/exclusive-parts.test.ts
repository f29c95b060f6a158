// A thread that dies while it notes the pages of a new superblock. Those without a note go back to the page source by
// themselves, and it is nobody's business whether that happens before or after the slabs take back the others.
import { PAGE_BYTES, pageNote } from "@heapwright/core";
import { expect, test } from "vitest";
import { Copies, SteppedMemory } from "../../coalesce/test/stepped-memory.js";
import { exclusiveHeap, liveIn, pagesHeld } from "./exclusive-heap.js";

/** Of this size a superblock has several pages. */
const SIZE = 32768;
const ANOTHER_LAYER = pageNote(15, 1);

test("leaves none of its pages to the superblock once they are somebody else's", () => {
  const made = exclusiveHeap();
  const copies = new Copies(made.handle);
  for (let at = 0, died = true; died; at++) {
    const handle = copies.next();
    const memory = SteppedMemory.open(handle);
    const victim = made.join(memory);
    const survivor = made.join(SteppedMemory.open(handle));
    died = memory.dieAt(at, () => victim.slabs.allocate(SIZE));
    if (!died) continue;
    const { threads } = (survivor.heap as unknown as { readonly root: { readonly threads: { slotOf(id: number): number } } }).root;
    const slot = threads.slotOf(victim.heap.threadId);
    survivor.pages.reclaim(victim.heap.threadId, slot);
    const others: number[] = [];
    for (let page = survivor.pages.acquire(PAGE_BYTES); others.length < 8; page = survivor.pages.acquire(PAGE_BYTES)) {
      survivor.pages.map.setNote(page, ANOTHER_LAYER);
      others.push(page);
    }
    expect(survivor.heap.reclaim(victim.heap.threadId)).toBe(true);
    expect(others.map((page) => survivor.pages.map.noteAt(page))).toEqual(others.map(() => ANOTHER_LAYER));
    for (const page of others) survivor.pages.release(page, PAGE_BYTES);
    const block = survivor.slabs.allocate(SIZE);
    expect(block).not.toBe(0);
    survivor.slabs.free(block);
    for (const live of liveIn(survivor)) survivor.slabs.free(live);
    survivor.slabs.leave();
    expect(pagesHeld(survivor), `died at step ${at}`).toBeLessThanOrEqual(3);
  }
});
