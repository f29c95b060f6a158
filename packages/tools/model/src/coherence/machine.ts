/**
 * A simulated computer: cores that each have a clock and a cache, and lines of 64 bytes that travel between the caches.
 * What an access takes depends on where its line is ({@link Costs}), and a line serves one core after the other: it is
 * busy until the access that is under way has ended, and who comes meanwhile waits.
 *
 * An access never begins before one that came earlier in the order of execution and that it conflicts with, on this line.
 * So the times are those of an execution that could have happened, if not of the one that hurries most.
 */
import { CacheLine, type LineState, type Source } from "./cache-line.js";

const LINE_WORDS = 16;

/** In cycles. */
export interface Costs {
  /** Any access, with the instructions around it; all that one costs whose line is in the core's own cache. */
  readonly hit: number;
  /** More, when it is an atomic one. */
  readonly atomic: number;
  /** More, when no cache has the line. */
  readonly memory: number;
  /** More, when other caches have the line unchanged. */
  readonly clean: number;
  /** More, when another cache has the line modified. */
  readonly dirty: number;
  /** More, when unchanged copies in other caches are invalidated. */
  readonly invalidate: number;
}

/** The order of magnitude of a server of this decade. Chosen, not measured. */
export const COSTS: Costs = { hit: 2, atomic: 18, memory: 200, clean: 40, dirty: 80, invalidate: 40 };

/** What one core has done. */
export interface Counts {
  accesses: number;
  /** Accesses whose line came from memory. */
  fromMemory: number;
  /** Accesses whose line came from another core's cache. */
  fromCaches: number;
  /** Copies in other caches that its writes invalidated. */
  invalidations: number;
  /** Accesses that found their line busy, and for how many cycles in all. */
  waits: number;
  waitCycles: number;
  /** Those among them that took a lock. */
  lockWaits: number;
  lockWaitCycles: number;
}

export type Use = "read" | "write";
export type Kind = "plain" | "atomic";

interface Line {
  readonly copies: CacheLine;
  /** When the last access ends that had the line to itself. */
  busyUntil: number;
  /** When the last read of a copy ends. */
  readUntil: number;
}

export class Machine {
  readonly clocks: Float64Array;
  readonly counts: Counts[];
  /** Operations begun so far. */
  operations = 0;
  private readonly lines = new Map<number, Line>();
  private readonly locks = new Set<number>();

  constructor(
    readonly cores: number,
    private readonly costs: Costs = COSTS,
  ) {
    this.clocks = new Float64Array(cores);
    this.counts = Array.from({ length: cores }, noCounts);
  }

  /** Forgets times and counts, as when everybody starts together; the caches stay as they are. */
  restart(): void {
    this.clocks.fill(0);
    for (const counts of this.counts) Object.assign(counts, noCounts());
    for (const line of this.lines.values()) line.busyUntil = line.readUntil = 0;
  }

  /** Lets a core be busy with itself. */
  compute(core: number, cycles: number): void {
    this.clocks[core] += cycles;
  }

  /** One access of word `w`. @returns the cycles that it waited for the line */
  access(core: number, w: number, use: Use, kind: Kind): number {
    const { costs, clocks } = this;
    const counts = this.counts[core];
    const line = this.lineOf(w);
    const arrival = clocks[core];
    const source = use === "read" ? line.copies.read(core) : line.copies.write(core);
    const begin = Math.max(arrival, line.busyUntil, use === "write" ? line.readUntil : 0);
    let end = begin + costs.hit + (kind === "atomic" ? costs.atomic : 0) + this.fetch(source);
    counts.accesses++;
    if (source === "memory") counts.fromMemory++;
    else if (source !== "own") counts.fromCaches++;
    if (use === "write" && line.copies.invalidated > 0) {
      counts.invalidations += line.copies.invalidated;
      if (source !== "dirty") end += costs.invalidate;
    }
    // copies that many have are read by many at once
    if (use === "read" && (source === "own" || source === "clean")) line.readUntil = Math.max(line.readUntil, end);
    else line.busyUntil = end;
    clocks[core] = end;
    if (begin > arrival) {
      counts.waits++;
      counts.waitCycles += begin - arrival;
    }
    return begin - arrival;
  }

  /** From now on waiting for word `w` in order to take it is waiting for a lock. */
  addLock(w: number): void {
    this.locks.add(w);
  }

  /** Word `w` was taken after so many cycles. */
  taken(core: number, w: number, waited: number): void {
    if (waited === 0 || !this.locks.has(w)) return;
    this.counts[core].lockWaits++;
    this.counts[core].lockWaitCycles += waited;
  }

  /** State of the line of word `w` in a core's cache. */
  stateOf(core: number, w: number): LineState {
    return this.lineOf(w).copies.stateOf(core);
  }

  /** When the last core has finished. */
  get time(): number {
    return Math.max(...this.clocks);
  }

  private fetch(source: Source): number {
    return source === "own" ? 0 : this.costs[source];
  }

  private lineOf(w: number): Line {
    const index = Math.floor(w / LINE_WORDS);
    let line = this.lines.get(index);
    if (line === undefined) this.lines.set(index, (line = { copies: new CacheLine(this.cores), busyUntil: 0, readUntil: 0 }));
    return line;
  }
}

function noCounts(): Counts {
  return { accesses: 0, fromMemory: 0, fromCaches: 0, invalidations: 0, waits: 0, waitCycles: 0, lockWaits: 0, lockWaitCycles: 0 };
}
