/**
 * Whether anybody can be held up by threads that stand still: each thread must come to its end alone, from whatever
 * state the others have been stopped in. That is obstruction freedom, and what is left of lock freedom when nobody else
 * takes a step.
 */
import { isOut } from "./enabled-threads.js";
import { threadLetter } from "./schedule.js";
import type { Simulation } from "./simulation.js";
import { Violation } from "./violation.js";

/** The first thread that does not come to its end alone from here. */
export function heldUp(simulation: Simulation): Violation | undefined {
  for (const thread of simulation.threads) {
    if (isOut(simulation, thread) || simulation.finishesAlone(thread)) continue;
    if (simulation.violation !== undefined) return simulation.violation;
    return new Violation("held up", `thread ${threadLetter(thread.index)} does not come to its end while the others stand still here`);
  }
  return simulation.violation;
}
