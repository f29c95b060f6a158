/**
 * No state of the heap's words makes a look fail: they are overwritten at random, bookkeeping first of all, with far worse
 * than any thread could be seen to do. Numbers mean nothing then; they stay bounded.
 */
import { ROOT, type Heap } from "@heapwright/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { inspect, snapshot } from "../src/index.js";
import { proveBounded } from "./prove-bounded.js";
import { SUBJECTS } from "./presets.js";

const INITIAL = 2 ** 20;

/** A heap in the middle of its work. */
function used(create: () => Heap): Heap {
  const heap = create();
  const blocks = Array.from({ length: 300 }, (_, i) => heap.malloc((i * i * 7) % (i % 10 === 0 ? 60_000 : 900)));
  blocks.forEach((address, i) => i % 3 === 0 && heap.free(address));
  return heap;
}

/** The words that are not 0, but for the root's, which nobody ever changes. Users have written nothing, so they are bookkeeping. */
function bookkeeping(heap: Heap): number[] {
  const found: number[] = [];
  heap.memory.i32.forEach((word, w) => word !== 0 && w * 4 >= ROOT.bytes && found.push(w));
  return found;
}

const place = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });
/** Any word; one that looks like an address, a note, a tag; or what stands in another place, as if it were a moment old. */
const value = fc.oneof(
  fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), fc.nat(INITIAL), fc.nat(64), fc.constantFrom(-1, 0, 1, -16, 2 ** 31 - 1),
  fc.record({ copyOf: place }),
);
const damage = fc.array(fc.record({ at: place, value }), { minLength: 1, maxLength: 300 });

function proveSane(heap: Heap): void {
  const { base, end } = heap.memory;
  heap.inspect({
    extent(extent) {
      const { address, bytes, liveBytes, freeBytes, largestFree } = extent;
      const counts = Object.values(extent).filter((field) => typeof field === "number");
      const sane = counts.every((count) => Number.isSafeInteger(count) && count >= 0) && bytes > 0;
      const inside = address >= base && address + bytes <= end;
      if (!sane || !inside || liveBytes + freeBytes > bytes || largestFree > freeBytes) throw new Error(JSON.stringify(extent));
    },
    cached({ blocks, blockBytes }) {
      if (!(blocks > 0 && blocks * blockBytes <= 65536)) throw new Error(`${blocks} blocks of ${blockBytes} bytes are kept`);
    },
  });
}

describe.each(SUBJECTS)("$preset.name with $options", ({ preset, options }) => {
  const create = (): Heap => used(() => preset.create({ initialBytes: INITIAL, maximumBytes: 2 ** 22, maximumThreads: 4, ...options }));

  it("is looked at whatever its words say", () => {
    const words = bookkeeping(create());
    fc.assert(
      fc.property(damage, (blows) => {
        const heap = create();
        const { i32 } = heap.memory;
        for (const { at, value: word } of blows) {
          const w = words[Math.floor(at * words.length)];
          i32[w] = typeof word === "number" ? word : i32[words[Math.floor(word.copyOf * words.length)]];
        }
        proveSane(heap);
        const { report, pages } = snapshot(heap);
        proveBounded(report);
        expect(pages.every(({ liveBytes, freeBytes }) => liveBytes >= 0 && freeBytes >= 0)).toBe(true);
      }),
      { numRuns: 150 },
    );
  });

  it.each([0, -1, 0x55555555])("is looked at when every word behind its header is %i", (word) => {
    const heap = create();
    heap.memory.i32.fill(word, 65536 / 4);
    proveSane(heap);
    proveBounded(inspect(heap));
  });
});
