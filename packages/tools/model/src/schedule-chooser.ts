/**
 * Follows a schedule turn by turn. A turn whose thread cannot go on ends early, and behind the last one whoever runs goes
 * on, so that every list of turns is a schedule: that is what lets a failing one be shortened by leaving turns out.
 */
import { CUT, FAIL_SPURIOUSLY, KILL, type Choice, type Chooser } from "./chooser.js";
import { isAwake } from "./enabled-threads.js";
import type { Turn } from "./schedule.js";
import type { Execution } from "./execution.js";

export class ScheduleChooser implements Chooser {
  private turns: readonly Turn[] = [];
  private turn = 0;
  /** Length of the turn's thread's log when the turn began; -1: it has not. */
  private from = -1;
  /** Whether the turns have been followed to their end, where it stops once; see {@link goOn}. */
  isOver = false;
  private last: Choice = CUT;

  /** The schedule of the execution that begins. */
  follow(turns: readonly Turn[]): void {
    this.turns = turns;
    this.turn = 0;
    this.from = -1;
    this.isOver = false;
  }

  choose(execution: Execution, current: number, enabled: number): Choice {
    for (; this.turn < this.turns.length; this.turn++, this.from = -1) {
      const { thread, steps, kind } = this.turns[this.turn];
      const simulated = execution.threads[thread];
      if (simulated === undefined || simulated.isOver) continue;
      if (kind === "death") {
        this.turn++;
        return KILL | thread;
      }
      if (this.from < 0) this.from = simulated.length;
      // one that only waits goes on as well: where it was no place to switch, it did
      if (simulated.length - this.from >= steps || ((enabled & (1 << thread)) === 0 && !isAwake(execution, simulated))) continue;
      return kind === "steps" ? thread : FAIL_SPURIOUSLY | thread;
    }
    const choice = current >= 0 && (enabled & (1 << current)) !== 0 ? current : 31 - Math.clz32(enabled & -enabled);
    if (this.isOver) return choice;
    this.isOver = true;
    this.last = choice;
    return CUT;
  }

  /** The choice in whose place it stopped. */
  goOn(): Choice {
    return this.last;
  }

  failsSpuriously(): boolean {
    return false;
  }
}
