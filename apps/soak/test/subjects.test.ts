import { expect, test } from "vitest";
import { SUBJECTS } from "../src/subjects.js";

const POOLS = SUBJECTS.filter(({ preset }) => preset.name === "slist-pools");

test.each(POOLS)("a piece that $name adds is what a kill is said to cost at most", ({ preset, how }) => {
  const pieces: number[] = [];
  for (let bytes = 8; bytes <= (how.abilities?.largestBlock ?? 0); bytes *= 2) {
    const heap = preset.create({ ...how.options, maximumBytes: 2 ** 23 });
    heap.malloc(bytes);
    let piece = 0;
    heap.walk(({ layer, ...region }) => {
      if (layer === "bucket") piece += region.bytes;
    });
    pieces.push(piece);
  }
  expect(pieces).toHaveLength(14);
  expect(Math.max(...pieces)).toBe(how.abilities?.killCost);
});
