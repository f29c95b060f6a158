/**
 * What a system cannot serve by design: a contender declares it, and a run has to prove it. A program that asks for more
 * than a declared ceiling must be answered by 0, and by nothing worse; that run is over then, and has not failed. Any
 * other 0 is a failure, and so is a heap that serves what it is said not to.
 */
import { EventKind, type ReplayFailure, type ReplayReport, type Trace } from "@heapwright/trace";

/** The most that a system can serve, where that is less than memory has. */
export interface Ceilings {
  /** Bytes of the largest block. */
  readonly blockBytes?: number;
  /** Blocks that can be live at once. */
  readonly blocks?: number;
  /** Bytes of all blocks together: of a heap in an arena of its own. */
  readonly heapBytes?: number;
}

/** What is due of a run in which a program goes beyond a ceiling. */
interface Excess {
  /** In a few words. */
  readonly reason: string;
  /** Whether the 0 for a request of so many bytes follows from it. */
  accountsFor(bytes: number): boolean;
}

/** How a run ended, compared with what was declared. */
export type Ending = { readonly as: "verified" } | { readonly as: "cannot"; readonly reason: string } | { readonly as: "failed"; readonly reason?: string };

export function endingOf(report: ReplayReport, trace: Trace, ceilings: Ceilings): Ending {
  const excesses = excessesOf(trace, ceilings);
  const { failures } = report;
  if (failures.length === 0) {
    return excesses.length === 0 ? { as: "verified" } : { as: "failed", reason: `was served, though ${excesses[0].reason}` };
  }
  const causes = failures.map((failure) => excesses.find((excess) => refusedAt(failure, trace, excess)));
  const [first] = causes;
  return first === undefined || causes.includes(undefined) ? { as: "failed" } : { as: "cannot", reason: first.reason };
}

/** Ways in which the program of a trace goes beyond ceilings. */
function excessesOf({ events, summary }: Trace, { blockBytes = Infinity, blocks = Infinity, heapBytes = Infinity }: Ceilings): Excess[] {
  const largest = events.kind.reduce((most, _, i) => Math.max(most, bytesAt(events, i)), 0);
  const excesses: Excess[] = [];
  if (largest > blockBytes) excesses.push({ reason: `blocks end at ${count(blockBytes)} bytes`, accountsFor: (bytes) => bytes > blockBytes });
  if (summary.mostBlocks > blocks) excesses.push({ reason: `there are ${count(blocks)} blocks, and it needs ${count(summary.mostBlocks)}`, accountsFor: () => true });
  if (summary.peak.bytes > heapBytes) excesses.push({ reason: `there are ${count(heapBytes)} bytes, and it needs ${count(summary.peak.bytes)}`, accountsFor: () => true });
  return excesses;
}

function refusedAt({ kind, event }: ReplayFailure, { events }: Trace, excess: Excess): boolean {
  return kind === "out of memory" && event >= 0 && excess.accountsFor(bytesAt(events, event));
}

/** Bytes that an event asks for. */
function bytesAt({ kind, size, other }: Trace["events"], event: number): number {
  return kind[event] === EventKind.calloc ? size[event] * other[event] : kind[event] === EventKind.free ? 0 : size[event];
}

function count(number: number): string {
  return number.toLocaleString("en");
}
