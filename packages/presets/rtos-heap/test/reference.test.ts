// One list and boundary tags, or one list in sections, choose the very blocks that the originals' lists would.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { freeBlocksOf, FORMS, make } from "./forms.js";
import { ReferenceHeap } from "./reference-heap.js";

const HEAP_BYTES = 8192;
const step = fc.record({ size: fc.oneof(fc.nat(60), fc.nat(300), fc.nat(3000)), free: fc.boolean(), pick: fc.nat(1000) });

describe.each(FORMS)("%s", (form) => {
  it("serves every request with the block that its description says", () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 100, maxLength: 200 }), (steps) => {
        const heap = make(form, HEAP_BYTES);
        const [{ address: start }] = freeBlocksOf(heap);
        const reference = new ReferenceHeap(form, start, HEAP_BYTES);
        const live: number[] = [];
        for (const { size, free, pick } of steps) {
          if (free && live.length > 0) {
            const [address] = live.splice(pick % live.length, 1);
            heap.free(address);
            reference.free(address);
          } else {
            const address = heap.malloc(size);
            expect(address).toBe(reference.malloc(size));
            if (address !== 0) live.push(address);
          }
        }
        expect(freeBlocksOf(heap)).toEqual(reference.byAddress);
        const { freeBytes, minimumEverFreeBytes } = heap.heapStats();
        expect([freeBytes, minimumEverFreeBytes]).toEqual([reference.freeBytes, reference.minimumEverFree]);
        heap.check();
      }),
      { numRuns: 150 },
    );
  });
});
