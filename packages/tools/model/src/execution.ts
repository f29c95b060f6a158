/** An execution under way, as who decides about its next step sees it. */
import type { Arena } from "./arena.js";
import type { SimulatedThread } from "./simulated-thread.js";
import type { Trace } from "./trace.js";

export interface Limits {
  /** Steps after which an execution is taken to go on for ever. */
  readonly steps: number;
  /** A look at an unchanged word that often is waiting for somebody else to change it. */
  readonly looks: number;
  /** Whether a sleep ends by its time-out when nobody can go on otherwise. */
  readonly timeouts: "when stuck" | "never";
  /** Whether threads may be killed, so that each change of a word is a place to be killed at. */
  readonly deaths: number;
}

export interface Execution {
  readonly arena: Arena;
  readonly trace: Trace;
  readonly threads: readonly SimulatedThread[];
  readonly limits: Limits;
  /** The thread that begins once another one is dead; -1: none does. */
  readonly rescuer: number;
  deadThreads(): number;
}
