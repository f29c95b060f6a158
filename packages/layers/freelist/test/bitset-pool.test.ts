import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HeapCorruptionError } from "@heapwright/core";
import { BitsetPool } from "@heapwright/freelist";
import { KINDS, open, openTwice } from "./memories.js";

const ADDRESS = 128;

const claimedOf = (pool: BitsetPool): number[] => {
  const found: number[] = [];
  pool.claimed((number) => found.push(number));
  return found;
};

describe.each(KINDS)("on %s, a pool", (_kind, source) => {
  test.each([1, 31, 32, 33, 100])("of %i hands out every number once, and then none", (capacity) => {
    const [a, b] = openTwice(source()).map((memory, seed) => new BitsetPool(memory, ADDRESS, capacity, seed));
    const numbers = Array.from({ length: capacity }, (_, i) => (i % 2 ? a : b).claim());
    expect(numbers.sort((x, y) => x - y)).toEqual(Array.from({ length: capacity }, (_, i) => i));
    expect([a.claim(), b.claim()]).toEqual([-1, -1]);
    expect(claimedOf(a)).toEqual(numbers);
    b.release(capacity - 1);
    expect([a.isClaimed(capacity - 1), a.claim(), a.isClaimed(capacity - 1)]).toEqual([false, capacity - 1, true]);
  });

  test("does what a set does", () => {
    const memory = open(source());
    // claims mostly, so that the pool is full at times
    const step = fc.oneof({ arbitrary: fc.constant(-1), weight: 3 }, { arbitrary: fc.integer({ min: 0, max: 69 }), weight: 1 });
    let refused = 0;
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200, size: "max" }), (steps) => {
        memory.fill(ADDRESS, 128, 0);
        const pool = new BitsetPool(memory, ADDRESS, 70, steps.length);
        const model = new Set<number>();
        for (const step of steps) {
          if (step >= 0 && model.delete(step)) pool.release(step);
          else if (step >= 0 && step % 2 === 0) {
            expect(pool.claimAt(step)).toBe(true);
            model.add(step);
          } else {
            const number = pool.claim();
            expect(model.has(number)).toBe(false);
            if (model.size < 70) model.add(number);
            else {
              expect(number).toBe(-1);
              refused++;
            }
          }
          expect(claimedOf(pool)).toEqual([...model].sort((x, y) => x - y));
        }
      }),
      { numRuns: 40 },
    );
    expect(refused).toBeGreaterThan(10);
  });
});

test("a number of one's choice is claimed only if it is free", () => {
  const pool = new BitsetPool(open(), ADDRESS, 40);
  expect([pool.claimAt(39), pool.claimAt(39)]).toEqual([true, false]);
});

test("releasing what nobody has claimed is refused and changes nothing", () => {
  const pool = new BitsetPool(open(), ADDRESS, 40);
  pool.claimAt(3);
  expect(() => pool.release(4)).toThrow(HeapCorruptionError);
  expect(claimedOf(pool)).toEqual([3]);
});

test("numbers beyond the capacity are found", () => {
  const memory = open();
  const pool = new BitsetPool(memory, ADDRESS, 40);
  memory.i32[(ADDRESS >>> 2) + 1] = 1 << 8;
  expect(() => claimedOf(pool)).toThrow(HeapCorruptionError);
});

test("threads start their searches in different words", () => {
  const [a, b] = openTwice().map((memory, seed) => new BitsetPool(memory, ADDRESS, 64, seed));
  expect([a.claim(), b.claim()]).toEqual([0, 32]);
});
