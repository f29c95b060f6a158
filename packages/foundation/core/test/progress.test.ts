import { expect, it } from "vitest";
import { isPowerOfTwo, weakest } from "../src/index.js";

it("a chain of promises keeps the weakest", () => {
  expect(weakest()).toBe("lock-free");
  expect(weakest("lock-free", "almost-lock-free")).toBe("almost-lock-free");
  expect(weakest("blocking", "lock-free", "almost-lock-free")).toBe("blocking");
  expect(weakest("blocking", "single-threaded")).toBe("single-threaded");
});

it("powers of two are told from their neighbours", () => {
  for (let k = 0; k <= 52; k++) {
    expect(isPowerOfTwo(2 ** k)).toBe(true);
    if (k > 1) expect([2 ** k - 1, 2 ** k + 1].some(isPowerOfTwo)).toBe(false);
  }
  for (const bad of [0, -1, -8, 0.5, Number.NaN, Infinity, 2 ** 53]) expect(isPowerOfTwo(bad)).toBe(false);
});
