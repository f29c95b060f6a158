import { withinTime } from "@heapwright/contract/vitest";
import { expect, test } from "vitest";

test("what ends in time is run, and its error is passed on as it is", () => {
  let ran = 0;
  withinTime(1000, () => ran++);
  expect(ran).toBe(1);
  const error = new TypeError("mine");
  expect(() => withinTime(1000, () => { throw error; })).toThrow(error);
});

test("what never ends is stopped", () => {
  let rounds = 0;
  expect(() => withinTime(50, () => { for (;;) rounds++; })).toThrow(/timed out/);
  expect(rounds).toBeGreaterThan(0);
});
