/**
 * Workers that are killed between any two of their steps. No `finally` runs, locks stay held, caches stay full; then the
 * main thread reclaims what the dead one held, all stand still while it is reckoned what that has cost, and a successor goes
 * on with the dead one's blocks. Those who survive must not notice: they go on even before that, as far as the heap
 * promises it, and no block of theirs is touched.
 */
import type { HeapOptions, Preset, Progress } from "@heapwright/core";
import { inTurn, subjectsOf, type Subject, type SubjectOptions } from "../subject.js";
import { demand, demandEqual } from "../violation.js";
import { Ambush, type Victim } from "./ambush.js";
import type { StartStressWorker } from "./crew.js";
import { KillTally, type KillReport } from "./kill-tally.js";
import { Reckoning, type Cost } from "./reckoning.js";
import { counted, drain, guarded, openArena, type Arena, type StressSettings } from "./run-stress.js";

/** How many die. */
export interface KillSettings extends Omit<StressSettings, "seconds"> {
  /** Workers that are killed per kind of memory. Default 6. */
  readonly kills?: number;
}

/** Largest block that is asked for, in bytes: more than a page, so that kills fall into requests for pages too. */
const LARGEST = 150_000;
/** A worker has at most this many blocks in hand, in no slot: the one it sends and the one it found, or its old and its new one. */
const IN_HAND = 2;
/** Operations of a worker that nobody kills, at least and in all. */
const LIFETIME = [300, 5000] as const;
/** Milliseconds in which survivors of a heap that promises nothing may show that they get on before the dead is reclaimed. */
const GRACE = 25;

/** Threads that may stand still at once without holding up the others. */
const TOLERATED: Readonly<Record<Progress, number>> = { "single-threaded": 0, blocking: 0, "almost-lock-free": 1, "lock-free": Infinity };

/**
 * Kills workers of one heap of `preset` at random times. @throws ContractViolation as `runStress`, and when a survivor
 * makes no progress, a survivor's block is gone, or a kill costs more than `abilities.killCost` and the blocks in hand
 */
export async function runKills<Options extends HeapOptions>(
  preset: Preset<Options>,
  start: StartStressWorker,
  settings: KillSettings & SubjectOptions<Options> = {},
): Promise<KillReport[]> {
  return inTurn(subjectsOf(preset, settings), (subject) => kills(subject, start, settings));
}

/** {@link runKills} on one kind of memory. */
export async function kills(subject: Subject, start: StartStressWorker, settings: KillSettings): Promise<KillReport> {
  const { kills: wanted = 6 } = settings;
  const arena = openArena(subject, start, settings, { rampMilliseconds: 1000, work: "mixture", restlessness: "stays" }, LARGEST);
  const killing = new Killing(arena, subject);
  return guarded(arena, () => killing.run(wanted));
}

class Killing {
  private readonly ambush: Ambush;
  private readonly reckoning: Reckoning;
  private readonly tally = new KillTally();
  private hired = 0;

  constructor(
    private readonly arena: Arena,
    private readonly subject: Subject,
  ) {
    const { heap, control, random } = arena;
    this.ambush = new Ambush(control, random);
    this.reckoning = new Reckoning(heap, control);
  }

  async run(wanted: number): Promise<KillReport> {
    const { crew, random, seed } = this.arena;
    while (this.tally.kills < wanted) {
      await this.hireWhereNobodyIs();
      await crew.watch(1 + random.below(15));
      await this.strike(wanted - this.tally.kills);
    }
    await crew.dismiss();
    drain(this.arena);
    demandEqual(this.reckoning.settle(0).ownerless, 0, "bytes still live after all blocks were freed");
    return { ...counted(this.arena), ...this.tally.report(), seed, workers: this.hired };
  }

  /** Starting takes longer than killing: nobody waits for it, and a strike finds some who have joined. */
  private async hireWhereNobodyIs(): Promise<void> {
    const { crew, control, random } = this.arena;
    const [shortest, longest] = LIFETIME;
    for (let row = 0; row < control.rows; row++) {
      if (!crew.isVacant(row)) continue;
      await crew.hire(row, random.next(), shortest + random.below(longest - shortest));
      this.hired++;
    }
  }

  /** Kills one worker; now and then two at once, where no fewer are left to kill. */
  private async strike(left: number): Promise<void> {
    const { crew, random } = this.arena;
    const rows = crew.running();
    const together = random.below(4) === 0 && left > 1;
    if (rows.length < 2) return;
    const first = this.ambush.lie(rows);
    const others = rows.filter((row) => row !== first.row);
    const victims: Victim[] = together ? [first, { row: others[random.below(others.length)], moment: "any time" }] : [first];
    const since = performance.now();
    const dead = await Promise.all(victims.map(({ row }) => crew.kill(row)));
    const gotOn = await this.othersGetOn(dead);
    const reclaimAt = performance.now();
    const reclaimed = this.reclaim(victims, dead);
    const reclaimMilliseconds = performance.now() - reclaimAt;
    crew.circumstance = `after threads ${dead.join(" and ")} were killed and reclaimed`;
    // they all get on, or they would not come to a stand
    const cost = await crew.whileAllStand(() => {
      const joining = victims.filter((_, i) => dead[i] === 0);
      reclaimed.push(...joining.slice(0, this.reclaimStrangers(joining.length)));
      return this.reckoning.settle(victims.length * IN_HAND);
    });
    const heldMilliseconds = (gotOn ? reclaimAt : performance.now()) - since;
    this.demandCheap(victims, cost);
    this.tally.add({ victims: reclaimed, cost, heldUp: !gotOn, heldMilliseconds, reclaimMilliseconds });
  }

  /** @returns whether all have, without anybody's help; what the heap promises they must */
  private othersGetOn(dead: readonly number[]): Promise<boolean> {
    const { crew, heap } = this.arena;
    const promised = dead.length <= TOLERATED[heap.progress];
    if (promised) crew.circumstance = `though the heap is ${heap.progress}: threads ${dead.join(" and ")} were killed and not yet reclaimed`;
    return crew.awaitProgress(crew.running(), promised ? Infinity : GRACE);
  }

  /** @returns those who died in the heap: one that was about to leave may have done so, one that was to join has told no id */
  private reclaim(victims: readonly Victim[], dead: readonly number[]): Victim[] {
    const { heap, control } = this.arena;
    return victims.filter(({ row }, i) => {
      const died = heap.reclaim(dead[i]);
      demand(died || dead[i] === 0 || control.doing(row) === "leaving", () => `reclaim(${dead[i]}) of a killed thread says that there is no such thread`);
      demandEqual(heap.reclaim(dead[i]), false, `reclaim(${dead[i]}) of a killed thread, once more`);
      return died;
    });
  }

  /**
   * Reclaims those who died before they told their ids: while all stand, every thread that nobody knows is dead.
   * @returns how many there were, at most so many
   */
  private reclaimStrangers(most: number): number {
    if (most === 0) return 0;
    const { heap, control, crew } = this.arena;
    const newest = this.subject.preset.attach(heap.handle);
    const known = new Set([heap.threadId, newest.threadId, ...crew.rows().map((row) => control.threadOf(row))]);
    let count = 0;
    for (let id = 1; id < newest.threadId; id++) {
      if (!known.has(id) && heap.reclaim(id)) count++;
    }
    newest[Symbol.dispose]();
    demand(count <= most, () => `${count} threads were in the heap that nobody knew, though only ${most} died unknown`);
    return count;
  }

  private demandCheap(victims: readonly Victim[], { lost, unexplained }: Cost): void {
    const { control } = this.arena;
    const where = victims.map(({ row }) => `${control.doing(row)}, with up to ${control.handOf(row)} bytes in hand`);
    // a block in the hands of the heap, not yet or no longer live, may be larger than what was asked for
    const limit = victims.reduce((bytes, { row }) => bytes + this.subject.abilities.killCost + 2 * control.handOf(row), 0);
    const cost = lost + unexplained;
    demand(cost <= limit, () => `killing a worker (${where.join("; and another: ")}) cost ${cost} bytes, of which ${lost} are lost, more than the ${limit} that are allowed`);
  }
}
