import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { Control } from "../src/stress/control.js";

/** Index of the word that says whether there is a pause. */
const PAUSE = 3;

test("slots, rows and mailboxes do not share words", () => {
  const control = Control.make(3, 5, 4);
  for (let row = 0; row < 3; row++) {
    control.setThread(row, 100 + row);
    control.begin(row, "sending");
    for (let slot = 0; slot < 5; slot++) control.put(row, slot, { address: 4e9 + row * 16 + slot * 256, size: slot, seed: -row });
  }
  for (let mailbox = 0; mailbox < 4; mailbox++) expect(control.exchange(mailbox, 3e9 + mailbox * 16)).toBe(0);
  const other = Control.over(control.buffer, 3);
  for (let row = 0; row < 3; row++) {
    expect([other.threadOf(row), other.doing(row), other.operationsOf(row)]).toEqual([100 + row, "sending", 0]);
    for (let slot = 0; slot < 5; slot++) {
      expect(other.take(row, slot)).toEqual({ address: 4e9 + row * 16 + slot * 256, size: slot, seed: row === 0 ? 0 : -row });
      expect(other.take(row, slot)).toBeUndefined();
    }
  }
  for (let mailbox = 0; mailbox < 4; mailbox++) expect(other.exchange(mailbox, 0)).toBe(3e9 + mailbox * 16);
  expect(control.stopped).toBe(false);
  other.stop();
  expect(control.stopped).toBe(true);
});

test("in a pause a worker that goes on stands still, and does go on after it", async () => {
  const control = Control.make(2, 1, 1);
  control.goOn(1);
  expect(control.isStanding(1)).toBe(false);
  control.pause();
  const ender = new Worker(`
    const { workerData: words } = require("node:worker_threads");
    setTimeout(() => { Atomics.store(words, ${PAUSE}, 0); Atomics.notify(words, ${PAUSE}); }, 30);
  `, { eval: true, workerData: new Int32Array(control.buffer) });
  const since = performance.now();
  control.goOn(1);
  expect(performance.now() - since).toBeGreaterThan(20);
  expect(control.isStanding(1)).toBe(false);
  await once(ender, "exit");
});

test("what a worker has in hand is the largest of an operation", () => {
  const control = Control.make(1, 2, 1);
  control.put(0, 1, { address: 64, size: 100, seed: 1 });
  control.goOn(0);
  expect(control.handOf(0)).toBe(0);
  control.take(0, 1);
  control.handle(0, 70);
  expect(control.handOf(0)).toBe(100);
  control.handle(0, 101);
  expect(control.handOf(0)).toBe(101);
});

test("held are the blocks in mailboxes and slots", () => {
  const control = Control.make(2, 2, 2);
  control.exchange(1, 4_000_000_000);
  control.put(1, 0, { address: 64, size: 100, seed: 1 });
  expect([...control.held()].filter((address) => address !== 0)).toEqual([4_000_000_000, 64]);
});

test("a moment is told only to one who waits for it, and only by the first who comes to it", () => {
  const control = Control.make(3, 1, 1);
  control.tell(1, "growth");
  expect(control.awaitMoment("growth", 1)).toBe(-1);
});
