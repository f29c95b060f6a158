// Stress and kills can fail, and when a heap hangs they say so instead of hanging.
import { expect, test } from "vitest";
import { MEMORY_KINDS, runContention, runKills, runStress, type StressJob } from "@heapwright/contract";
import { startWorker } from "@heapwright/workers";
import { firstFit } from "./first-fit-preset.js";
import { flawedFirstFit } from "./flawed-first-fit.js";

const start = (job: StressJob) => startWorker(new URL("./first-fit.worker.ts", import.meta.url), job);
const QUICK = { memories: MEMORY_KINDS.slice(0, 1), patience: 1500, seed: 7 };

test("a heap without locks does not stand the stress", async () => {
  const run = runStress(flawedFirstFit, start, { ...QUICK, seconds: 5, options: { flaw: "takes no lock" } });
  await expect(run).rejects.toThrow(/\(seed 7\)$/);
});

test("a heap that refuses who meets another one is found out", async () => {
  const run = runContention(flawedFirstFit, start, { ...QUICK, options: { flaw: "waits for nobody" } });
  await expect(run).rejects.toThrow(/malloc\(48\) gave 0 though next to nothing is allocated \(seed 7\)$/);
});

/** As many as it takes: few fall into the moment that matters. */
const MANY = 300;

test("a heap that leaves a dead thread's lock holds up the others, and is found out", { timeout: 90_000 }, async () => {
  const run = runKills(flawedFirstFit, start, { ...QUICK, kills: MANY, options: { flaw: "leaves a dead thread's lock" } });
  await expect(run).rejects.toThrow(/the worker of row \d \(thread \d+, \w+ after \d+ operations\) has given no sign of life for 1500 ms, after threads [\d and]+ were killed and reclaimed|the lock is held/);
});

test("a heap with a lock that claims to be lock-free is found out", { timeout: 90_000 }, async () => {
  const run = runKills(flawedFirstFit, start, { ...QUICK, kills: MANY, options: { flaw: "claims to be lock-free" } });
  await expect(run).rejects.toThrow(/no sign of life for 1500 ms, though the heap is lock-free: threads [\d and]+ were killed and not yet reclaimed/);
});

test("a heap whose dead cost more than it says is found out", async () => {
  const run = runKills(firstFit, start, { ...QUICK, kills: 60, abilities: { killCost: -(10 ** 6) } });
  await expect(run).rejects.toThrow(/^killing a worker \(\w+, with up to \d+ bytes in hand.* cost \d+ bytes, of which \d+ are lost, more than the -\d+ that are allowed/);
});
