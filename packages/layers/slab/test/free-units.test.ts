// What a word of free units says, beside what is found by looking at unit after unit.
import { expect, it } from "vitest";
import { findRun, longestRun, maskOf } from "../src/private/free-units.js";

const UNITS = 16;

function isFree(free: number, first: number, count: number): boolean {
  return Array.from({ length: count }, (_, k) => first + k).every((unit) => unit < UNITS && ((free >>> unit) & 1) === 1);
}

it("the longest run is as long as any, of all words there are", () => {
  const wrong: number[] = [];
  for (let free = 0; free < 2 ** UNITS; free++) {
    const longest = Math.max(...free.toString(2).split("0").map(({ length }) => length));
    if (longestRun(free) !== (free === 0 ? 0 : longest)) wrong.push(free);
  }
  expect(wrong).toEqual([]);
});

it("a run is the lowest that is free, long enough, not too low, and at a multiple", () => {
  let state = 1;
  const below = (n: number): number => Math.floor(((state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32) * n);
  for (let i = 0; i < 20_000; i++) {
    // of every density
    const free = below(2 ** UNITS) | (i % 2 === 0 ? below(2 ** UNITS) : 0);
    const [count, from, multiple] = [1 + below(UNITS), below(2), 2 ** below(4)];
    const units = Array.from({ length: UNITS }, (_, unit) => unit);
    const first = units.find((unit) => unit >= from && unit % multiple === 0 && isFree(free, unit, count)) ?? -1;
    expect([free, count, from, multiple, findRun(free, count, from, multiple)]).toEqual([free, count, from, multiple, first]);
  }
});

it("a mask has a bit for each unit of a run", () => {
  expect([maskOf(0, 1), maskOf(3, 2), maskOf(0, 16), maskOf(15, 1)]).toEqual([1, 24, 65535, 32768]);
});
