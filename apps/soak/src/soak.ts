/**
 * One subject, heap after heap. A buffer never shrinks, so a heap that has grown does not grow again; each is given up
 * after a few dozen kills, on another kind of memory than the one before, so that growth remains a part of the matter.
 */
import { MEMORY_KINDS, runKills, type KillReport, type StartStressWorker } from "@heapwright/contract";
import { killsOf, type Account } from "./account.js";
import type { SoakSubject } from "./subjects.js";

export interface SoakSettings {
  readonly kills: number;
  /** No further heap is begun after so many seconds. */
  readonly seconds: number;
  /** Heaps have this and the numbers that follow. */
  readonly seed: number;
}

/** Kills in one heap. */
const KILLS_PER_HEAP = 40;
const MAXIMUM_BYTES = 2 ** 23;

/** Never throws: what goes wrong is part of the account, and ends it. */
export async function soak(subject: SoakSubject, start: StartStressWorker, settings: SoakSettings, told: (account: Account) => void): Promise<Account> {
  const { kills, seconds, seed } = settings;
  const since = performance.now();
  const elapsed = (): number => (performance.now() - since) / 1000;
  const growing = MEMORY_KINDS.filter(({ grows }) => grows);
  const reports: KillReport[] = [];
  let account: Account = { reports, seconds: 0 };
  try {
    while (killsOf(account) < kills && elapsed() < seconds) {
      const memories = [growing[reports.length % growing.length]];
      const wanted = Math.min(KILLS_PER_HEAP, kills - killsOf(account));
      reports.push(...(await runKills(subject.preset, start, { ...subject.how, memories, kills: wanted, seed: seed + reports.length, maximumBytes: MAXIMUM_BYTES })));
      account = { reports, seconds: elapsed() };
      told(account);
    }
    return account;
  } catch (error) {
    return { reports, seconds: elapsed(), failure: error instanceof Error ? error : new Error(String(error)) };
  }
}
