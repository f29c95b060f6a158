import { expect, test } from "vitest";
import { fixed, openMemory, type Memory, type MemorySource } from "@heapwright/core";
import { Backoff, LONGEST_PAUSE } from "@heapwright/sync";

/** A memory that notes how it was waited on, and sleeps no longer than it must. */
function watched(source: MemorySource): { memory: Memory; sleeps: number[][] } {
  const sleeps: number[][] = [];
  const memory = openMemory(source.open().handle);
  const wait = (...how: number[]): void => void sleeps.push(how);
  return { memory: Object.assign(memory, { wait }), sleeps };
}

test("pauses are spins at first, and then sleeps on the word that the caller waits for, longer and longer up to a limit", () => {
  const { memory, sleeps } = watched(fixed(1024));
  const backoff = new Backoff(memory);
  const pauses = Array.from({ length: 20 }, () => {
    const { sleepsNext } = backoff;
    backoff.pause(7, 42);
    return sleepsNext;
  });
  expect(pauses.indexOf(true)).toBeGreaterThan(3);
  expect(pauses.filter(Boolean).length).toBe(sleeps.length);
  expect(pauses.at(-1)).toBe(true);
  expect(sleeps.every(([w, seen]) => w === 7 && seen === 42)).toBe(true);
  const times = sleeps.map(([, , milliseconds]) => milliseconds);
  expect(times).toEqual([...times].sort((a, b) => a - b));
  expect(times[1]).toBe(2 * times[0]);
  expect(times.at(-1)).toBe(LONGEST_PAUSE);
});

test("after a reset it starts with the shortest pause", () => {
  const { memory, sleeps } = watched(fixed(1024));
  const backoff = new Backoff(memory);
  while (!backoff.sleepsNext) backoff.pause(0, 0);
  backoff.pause(0, 0);
  backoff.reset();
  expect(backoff.sleepsNext).toBe(false);
  backoff.pause(0, 0);
  expect(sleeps.length).toBe(1);
});

test("where sleeping is not allowed it spins, for less than the longest pause", () => {
  const { memory, sleeps } = watched(fixed(new ArrayBuffer(1024)));
  const backoff = new Backoff(memory);
  for (let i = 0; i < 30; i++) backoff.pause(0, 0);
  const start = performance.now();
  for (let i = 0; i < 30; i++) backoff.pause(0, 0);
  expect(performance.now() - start).toBeLessThan(30 * LONGEST_PAUSE);
  expect(sleeps).toEqual([]);
});

test("a sleep does not begin when the word has changed", () => {
  const memory = openMemory(fixed(1024).open().handle);
  const backoff = new Backoff(memory);
  while (!backoff.sleepsNext) backoff.pause(0, 1);
  const start = performance.now();
  for (let i = 0; i < 1000; i++) backoff.pause(0, 1);
  expect(performance.now() - start).toBeLessThan(1000);
});
