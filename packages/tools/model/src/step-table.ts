/** An execution as a table to read: which thread, what it did to which word, what that gave, and from which line. */
import { CAS, CAS2, CENSUS, DEATH, GROW, KIND_NAMES, REACH } from "./access-kinds.js";
import { threadLetter } from "./schedule.js";
import type { Simulation } from "./simulation.js";
import type { WordNames } from "./word-names.js";

/** Notes where each step of an execution comes from, and what it gave. */
export class StepRecorder {
  private readonly rows: { step: number; place: string; stack: string }[] = [];

  constructor(
    private readonly simulation: Simulation,
    private readonly names: WordNames,
  ) {
    simulation.witness = () => {
      const stack = callers();
      this.rows[simulation.trace.depth] = { step: simulation.trace.depth, place: placeOf(stack[0] ?? ""), stack: stack.join("\n") };
    };
  }

  /** @param marked steps that matter most */
  table(marked: readonly number[]): string {
    const { trace } = this.simulation;
    const rows = [["", "step", "thread", "operation", "word", "gave", "where"]];
    for (let step = 0; step < trace.depth; step++) {
      const kind = trace.kind[step];
      const spurious = trace.spurious[step] === 1 ? " (made to fail)" : "";
      rows.push([
        marked.includes(step) ? ">" : "",
        String(step),
        threadLetter(trace.thread[step]),
        KIND_NAMES[kind] + spurious,
        kind === DEATH ? "" : this.wordOf(step),
        kind === DEATH ? "" : this.gaveOf(step),
        kind === DEATH ? "" : (this.rows[step]?.place ?? ""),
      ]);
    }
    return aligned(rows);
  }

  private wordOf(step: number): string {
    const { trace } = this.simulation;
    const kind = trace.kind[step];
    if (kind === CENSUS) return "";
    return kind === REACH || kind === GROW ? "length of the buffer" : this.names.of(trace.word[step]);
  }

  private gaveOf(step: number): string {
    const { trace, threads } = this.simulation;
    const kind = trace.kind[step];
    const thread = threads[trace.thread[step]];
    const value = thread.values[thread.steps.subarray(0, thread.length).indexOf(step)];
    if (kind === CAS || kind === CAS2) return value === 1 ? "succeeds" : "fails";
    if (trace.wrote[step] === 1 && !returnsOld(kind)) return "";
    return this.names.value(trace.word[step], value);
  }

  /** The calls that led to a step. */
  stackOf(step: number): string {
    return this.rows[step]?.stack ?? "";
  }
}

function returnsOld(kind: number): boolean {
  return ["add", "exchange", "or", "and"].includes(KIND_NAMES[kind]);
}

/** Calls of the explorer itself, which are between an access and the code that made it, and those that ran the code. */
const ABOVE = /^\s*at (new )?(callers|_?StepRecorder|_?Simulation|_?ModelMemory|simulation\.witness|Object\.(get|set|witness|apply)|Proxy|Reflect|Array\.|writeElement)|\bwatched-view\.ts:/;
const BELOW = /^\s*at (SimulatedThread\.|thread\.body|_?Simulation\.|.*perform\b)/;

function callers(): string[] {
  const holder: { stack?: string } = {};
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 40;
  Error.captureStackTrace(holder);
  Error.stackTraceLimit = stackTraceLimit;
  const lines = (holder.stack ?? "").split("\n").slice(1);
  const first = lines.findIndex((line) => !ABOVE.test(line));
  const last = lines.findIndex((line, i) => i > first && BELOW.test(line));
  return lines.slice(first, last < 0 ? lines.length : last);
}

/** `file.ts:12` out of a line of a stack. */
function placeOf(line: string): string {
  const match = /([^/\\(]+:\d+):\d+\)?$/.exec(line);
  return match?.[1] ?? line.trim();
}

function aligned(rows: readonly string[][]): string {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column])).join("  ").trimEnd()).join("\n");
}
