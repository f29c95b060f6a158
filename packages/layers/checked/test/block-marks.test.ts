import { growable, openMemory, Root } from "@heapwright/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BlockMarks, GRANULE, type Mark } from "../src/block-marks.js";

const MAXIMUM = 2 ** 16;

function fresh(base = 0): BlockMarks {
  const { handle, zeroFrom } = growable({ initial: MAXIMUM, maximum: MAXIMUM }).open();
  return new BlockMarks(Root.format(openMemory({ ...handle, base }), { preset: "test", options: "", maximumThreads: 2 }, zeroFrom));
}

/** No block starts at 0. So few in one word and its neighbours that marks change more than once, and some anywhere. */
const granule = fc.oneof(fc.integer({ min: 30, max: 36 }), fc.integer({ min: 1, max: MAXIMUM / GRANULE - 1 })).map((i) => i * GRANULE);
const kind = fc.constantFrom<Mark>("none", "live", "quarantined", "withdrawn");

describe("marks", () => {
  it("are those of a map, and found in order in both directions", () => {
    const steps = fc.array(fc.tuple(granule, kind, kind), { maxLength: 60, size: "max" });
    let again = 0;
    fc.assert(
      fc.property(steps, fc.nat({ max: MAXIMUM - 1 }), fc.integer({ min: 1, max: MAXIMUM }), (changes, at, length) => {
        const marks = fresh();
        const model = new Map<number, Mark>();
        for (const [address, from, to] of changes) {
          const possible = (model.get(address) ?? "none") === from;
          expect(marks.change(address, from, to)).toBe(possible);
          if (possible) model.set(address, to);
          if (possible && from !== "none") again++;
        }
        const marked = [...model].filter(([, mark]) => mark !== "none").map(([address]) => address).sort((a, b) => a - b);
        for (const [address] of changes) expect(marks.at(address)).toBe(model.get(address) ?? "none");
        const seen: number[] = [];
        marks.forEach(MAXIMUM, (address) => seen.push(address));
        expect(seen).toEqual(marked);
        const end = Math.min(at + length, MAXIMUM);
        const first = Math.floor(at / GRANULE) * GRANULE;
        expect(marks.next(at, end)).toBe(marked.find((address) => address >= first && address < end) ?? 0);
        expect(marks.lastUpTo(at)).toBe(marked.filter((address) => address <= at).at(-1) ?? 0);
      }),
      { numRuns: 300 },
    );
    expect(again).toBeGreaterThan(100);
  });

  it("are none where no block can start", () => {
    const marks = fresh(4096);
    for (const address of [0, 16, 4080, MAXIMUM, MAXIMUM + 16, 2 ** 31, 2 ** 32 - 16, 8192 + 8, 8192 + 1]) expect(marks.at(address)).toBe("none");
    expect(marks.change(8192, "none", "live")).toBe(true);
    expect([marks.at(8192), marks.at(8193), marks.lastUpTo(9000), marks.lastUpTo(8191), marks.next(4096, 9000)]).toEqual(["live", "none", 8192, 0, 8192]);
  });

  it("leave their neighbours in the word alone", () => {
    const marks = fresh();
    for (let i = 0; i < 64; i++) expect(marks.change(4096 + i * GRANULE, "none", (["live", "quarantined", "withdrawn"] as const)[i % 3])).toBe(true);
    for (let i = 0; i < 64; i++) expect(marks.at(4096 + i * GRANULE)).toBe((["live", "quarantined", "withdrawn"] as const)[i % 3]);
  });
});
