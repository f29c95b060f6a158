// The test that came with heap_2's coalescing relative: sizes and contents from a 16-bit shift register, the oldest freed
// first when memory runs out. There it checked contents only, and did not see that a list had lost blocks.
import { describe, expect, it } from "vitest";
import { FORMS, freeBlocksOf, make, TEMPLATE_BYTES } from "./forms.js";

/** Taps 16, 14, 13 and 11. */
class ShiftRegister {
  constructor(public state = 0xace1) {}

  next(): number {
    const { state } = this;
    const bit = (state ^ (state >>> 2) ^ (state >>> 3) ^ (state >>> 5)) & 1;
    return (this.state = (state >>> 1) | (bit << 15));
  }
}

describe.each(FORMS)("%s", (form) => {
  it("keeps contents and lists through thousands of allocations", () => {
    const heap = make(form);
    const { u8 } = heap.memory;
    const random = new ShiftRegister();
    const live: { block: number; bytes: number; seed: number }[] = [];
    let freeBytes = heap.heapStats().freeBytes;
    const size = (block: number): number => heap.usableSize(block) + 4;
    for (let round = 0; round < 4000; round++) {
      const bytes = random.next() & 2047;
      const block = heap.malloc(bytes);
      if (block !== 0) {
        const seed = random.state;
        for (let at = 0; at < bytes; at++) u8[block + at] = random.next();
        live.push({ block, bytes, seed });
        freeBytes -= size(block);
        continue;
      }
      do {
        const oldest = live.shift();
        if (oldest === undefined) break;
        const contents = new ShiftRegister(oldest.seed);
        for (let at = 0; at < oldest.bytes; at++) {
          if (u8[oldest.block + at] !== (contents.next() & 0xff)) expect.fail(`OUCH: byte ${at} of the block at ${oldest.block}`);
        }
        freeBytes += size(oldest.block);
        heap.free(oldest.block);
      } while ((random.next() & 1) === 0);
      heap.check();
      const listed = freeBlocksOf(heap);
      expect(listed.reduce((sum, one) => sum + one.bytes, 0)).toBe(freeBytes);
      expect(heap.heapStats()).toMatchObject({ freeBytes, freeBlocks: listed.length });
    }
    for (const { block } of live) heap.free(block);
    expect(heap.heapStats().freeBytes).toBe(TEMPLATE_BYTES - 32);
  });
});
