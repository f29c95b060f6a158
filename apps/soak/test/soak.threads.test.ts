// The program on real threads, briefly; the tests of each preset kill more of them.
import { definePreset } from "@heapwright/combine";
import { MOMENTS, type StressJob } from "@heapwright/contract";
import { startWorker } from "@heapwright/workers";
import { expect, test } from "vitest";
import { killsOf, tell } from "../src/account.js";
import { soak } from "../src/soak.js";
import { SUBJECTS, type SoakSubject } from "../src/subjects.js";

const start = (job: StressJob) => startWorker(new URL("../src/worker.ts", import.meta.url), job);

test.each(["heapwright", "hoard", "rtos-heap_4"])("workers of %s are killed and accounted for", { timeout: 60_000 }, async (name) => {
  const subject = SUBJECTS.find((one) => one.name === name) as SoakSubject;
  const progress: number[] = [];
  const account = await soak(subject, start, { kills: 6, seconds: 40, seed: 3 }, (sofar) => progress.push(killsOf(sofar)));
  expect(account.failure).toBeUndefined();
  expect(killsOf(account)).toBe(6);
  expect(progress).toEqual([killsOf(account)]);
  const [{ moments, operations }] = account.reports;
  expect(MOMENTS.reduce((sum, moment) => sum + moments[moment], 0)).toBe(killsOf(account));
  expect(operations).toBeGreaterThan(0);
  expect(tell(subject, account)).toMatch(new RegExp(`^${name}: 6 kills survived, in 1 heap and`));
});

test("no more workers are killed than were asked for, though now and then two at once are", { timeout: 60_000 }, async () => {
  const [subject] = SUBJECTS;
  for (let seed = 1; seed <= 8; seed++) {
    const account = await soak(subject, start, { kills: 1, seconds: 40, seed }, () => undefined);
    expect(tell(subject, account)).toMatch(/^\S+: 1 kill survived, in 1 heap and/);
  }
});

test("what goes wrong is told, and ends the account", async () => {
  const refused = definePreset({
    name: "refused",
    progress: "lock-free",
    settings: () => ({}),
    build: () => {
      throw new Error("cannot be built");
    },
  });
  const subject: SoakSubject = { name: "refused", preset: refused, stated: "nothing", how: {} };
  const account = await soak(subject, start, { kills: 6, seconds: 40, seed: 3 }, () => undefined);
  expect(tell(subject, account)).toMatch(/^refused: 0 kills survived.*FAILED +cannot be built/s);
});
