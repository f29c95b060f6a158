/**
 * Chance instead of search, for scripts that are too large to be exhausted. Either each switch is a throw of the dice, or
 * threads get priorities, and the highest one that can go on does, until at a few steps chosen beforehand the one running
 * falls to the lowest (Burckhardt, Kothari, Musuvathi, Nagarakatte, "A randomized scheduler with probabilistic
 * guarantees of finding bugs", ASPLOS 2010): a fault that needs d such moments among k steps of n threads is met by one
 * run in n * k^(d - 1) at least.
 */
import { KILL, type Choice, type Chooser } from "./chooser.js";
import type { Execution } from "./execution.js";

/** A small generator (Marsaglia, "Xorshift RNGs", 2003); good enough to choose threads, and the same everywhere. */
class Dice {
  private state: number;

  constructor(seed: number) {
    this.state = Math.imul(seed + 1, 0x9e3779b1) | 1;
  }

  /** 0 to `sides - 1` */
  roll(sides: number): number {
    let x = this.state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.state = x;
    return (x >>> 0) % sides;
  }
}

/** One compare-and-swap in so many fails, or one thread in so many steps is killed, where such is asked for. */
const RARELY = 16;

abstract class ChanceChooser implements Chooser {
  protected dice = new Dice(0);
  private failures = 0;

  constructor(private readonly spuriousFailures: number) {}

  /** @param seed of the run that begins */
  begin(seed: number): void {
    this.dice = new Dice(seed);
    this.failures = 0;
  }

  choose(execution: Execution, current: number, enabled: number): Choice {
    const { limits, threads } = execution;
    if (current >= 0 && limits.deaths > 0 && this.dice.roll(RARELY) === 0) {
      if (threads.filter(({ dead }) => dead).length < limits.deaths) return KILL | current;
    }
    return this.next(execution, current, enabled);
  }

  protected abstract next(execution: Execution, current: number, enabled: number): number;

  failsSpuriously(): boolean {
    if (this.failures >= this.spuriousFailures || this.dice.roll(RARELY) !== 0) return false;
    this.failures++;
    return true;
  }
}

/** Any thread that can go on, with equal chances. */
export class RandomChooser extends ChanceChooser {
  protected next(_: Execution, _current: number, enabled: number): number {
    let left = this.dice.roll(bitCount(enabled));
    for (let mask = enabled; ; mask &= mask - 1) if (left-- === 0) return lowestBit(mask);
  }
}

/** The thread of the highest priority; priorities fall at `changes` places of the first `length` choices. */
export class PriorityChooser extends ChanceChooser {
  private readonly priorities: number[] = [];
  private readonly falls = new Set<number>();
  private choices = 0;
  /** Choices of the longest run so far. */
  private length = 16;

  constructor(
    spuriousFailures: number,
    private readonly changes: number,
  ) {
    super(spuriousFailures);
  }

  override begin(seed: number): void {
    super.begin(seed);
    this.length = Math.max(this.length, this.choices);
    this.choices = 0;
    this.priorities.length = 0;
    this.falls.clear();
    for (let i = 0; i < this.changes; i++) this.falls.add(this.dice.roll(this.length));
  }

  protected next(execution: Execution, current: number, enabled: number): number {
    for (const { index } of execution.threads) this.priorities[index] ??= this.dice.roll(1 << 16);
    if (this.falls.has(this.choices++) && current >= 0) this.priorities[current] = -this.choices;
    let best = -1;
    for (let mask = enabled; mask !== 0; mask &= mask - 1) {
      const thread = lowestBit(mask);
      if (best < 0 || this.priorities[thread] > this.priorities[best]) best = thread;
    }
    return best;
  }
}

function lowestBit(mask: number): number {
  return 31 - Math.clz32(mask & -mask);
}

function bitCount(mask: number): number {
  let count = 0;
  for (let rest = mask; rest !== 0; rest &= rest - 1) count++;
  return count;
}

