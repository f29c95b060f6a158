/**
 * Tries every schedule, depth first: at each place to switch first the thread that is running goes on, later each other
 * one, and, where that is asked for, the thread is killed there or its compare-and-swap made to fail. Two things keep
 * the number of schedules within reason. A bound on preemptions, switches away from a thread that could go on: most
 * faults need one or two (Musuvathi and Qadeer, "Iterative context bounding", PLDI 2007). And states are told apart by
 * name: one that was visited with as many preemptions left is not gone on from again, which loses nothing, since what
 * follows depends on the state alone.
 */
import { CUT, FAIL_SPURIOUSLY, KILL, type Choice, type Chooser } from "./chooser.js";
import { mixHigh, mixLow } from "./mix.js";
import { SeenStates } from "./seen-states.js";
import type { Execution } from "./execution.js";
import type { Simulation } from "./simulation.js";

export interface SearchBounds {
  /** Switches away from threads that could go on, in one execution; may be infinite. */
  readonly preemptions: number;
  /** Compare-and-swaps that fail without a reason, in one execution. */
  readonly spuriousFailures: number;
  /** Threads that are killed in one execution. */
  readonly deaths: number;
  /** States that are remembered; 0: none, every schedule is run to its end. */
  readonly states: number;
}

/** As many preemptions left as can be told apart. */
const PLENTY = 254;

/** The place where a choice is left: how deep, what else can be tried there, and what had been used up before. */
interface Node {
  depth: number;
  others: number;
  current: number;
  /** Preemptions that another choice costs: 1 when the thread that was running could have gone on. */
  cost: number;
  preemptions: number;
  failures: number;
}

export class ExhaustiveSearch implements Chooser {
  /** Returned instead of a choice at each new state, when somebody wants to look at it first; see {@link goOn}. */
  static readonly PAUSE = -3;
  pauses = false;
  private seen: SeenStates;
  private readonly nodes: Node[] = [];
  private height = 0;
  private preemptions = 0;
  private failures = 0;
  private current = -1;
  private enabled = 0;

  constructor(private readonly bounds: SearchBounds) {
    this.seen = new SeenStates(bounds.states);
  }

  get states(): number {
    return this.seen.count;
  }

  /** Begins anew, at the first state. */
  reset(): void {
    this.seen = new SeenStates(this.bounds.states);
    this.height = 0;
    this.preemptions = 0;
    this.failures = 0;
  }

  choose(execution: Execution, current: number, enabled: number): Choice {
    if (this.bounds.states > 0 && this.hasSeen(execution, current)) return CUT;
    if (!this.pauses) return this.decide(execution, current, enabled);
    this.current = current;
    this.enabled = enabled;
    return ExhaustiveSearch.PAUSE;
  }

  /** The choice in whose place PAUSE was returned. */
  goOn(execution: Execution): Choice {
    return this.decide(execution, this.current, this.enabled);
  }

  private hasSeen(execution: Execution, current: number): boolean {
    const { bounds } = this;
    let low = execution.arena.hashLow;
    let high = execution.arena.hashHigh;
    for (const thread of execution.threads) {
      // who is dead is a word of the arena's
      const isStalled = Number(thread.stalledAt === execution.trace.lastChange);
      low = mixLow(low, thread.hashLow);
      high = mixHigh(high, thread.hashHigh ^ isStalled);
    }
    const isBounded = bounds.preemptions !== Infinity;
    const extra = (isBounded || bounds.deaths > 0 ? current + 1 : 0) | (this.failures << 8);
    const left = isBounded ? Math.min(PLENTY, bounds.preemptions - this.preemptions) : PLENTY;
    return this.seen.visit(mixLow(low, extra), mixHigh(high, extra), left);
  }

  private decide(execution: Execution, current: number, enabled: number): Choice {
    const preempts = current >= 0 && (enabled & (1 << current)) !== 0;
    const first = preempts ? current : 31 - Math.clz32(enabled & -enabled);
    let others = enabled & ~(1 << first);
    if (preempts && this.preemptions >= this.bounds.preemptions) others = 0;
    // a thread's death disturbs nobody, so it may as well come right after its last step
    if (current >= 0 && execution.limits.deaths > execution.deadThreads() && execution.threads[current].length > 0) others |= KILL_CURRENT;
    if (others !== 0) this.push(execution.trace.depth, others, current, Number(preempts));
    return first;
  }

  failsSpuriously(execution: Execution, thread: number): boolean {
    if (this.failures < this.bounds.spuriousFailures) this.push(execution.trace.depth - 1, FAIL_CURRENT, thread, 0);
    return false;
  }

  private push(depth: number, others: number, current: number, cost: number): void {
    const { preemptions, failures } = this;
    const node = (this.nodes[this.height++] ??= { depth, others, current, cost, preemptions, failures });
    node.depth = depth;
    node.others = others;
    node.current = current;
    node.cost = cost;
    node.preemptions = preemptions;
    node.failures = failures;
  }

  /** Goes back to the last place where something is left to try, and tries it. @returns CUT when nothing is left */
  backtrack(simulation: Simulation): Choice {
    while (this.height > 0) {
      const node = this.nodes[this.height - 1];
      const bit = node.others & -node.others;
      node.others ^= bit;
      if (node.others === 0) this.height--;
      simulation.undoTo(node.depth);
      this.preemptions = node.preemptions;
      this.failures = node.failures;
      if (bit === KILL_CURRENT) return KILL | node.current;
      if (bit === FAIL_CURRENT) {
        this.failures++;
        return FAIL_SPURIOUSLY | node.current;
      }
      this.preemptions += node.cost;
      return 31 - Math.clz32(bit);
    }
    return CUT;
  }
}

/** Beside the bits of threads. */
const KILL_CURRENT = 1 << 8;
const FAIL_CURRENT = 1 << 9;
