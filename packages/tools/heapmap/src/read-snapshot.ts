/** A snapshot that was written down as JSON, looked at closely enough that a map can be drawn of it. */
import type { HeapSnapshot, PageSummary } from "@heapwright/inspect";

/** The text is no snapshot; the message says why. */
export class SnapshotError extends Error {
  override readonly name = "SnapshotError";
}

const AMOUNTS = ["live", "cached", "free"] as const;
const FIGURES = ["mappedBytes", "peakMappedBytes", "maximumBytes", "externalFragmentation", "internalFragmentation"] as const;
/** Controls could take over a terminal, and are nothing that XML may hold. */
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/u;
const ADDRESSES = 2 ** 32;
const STATES = ["blocks", "metadata", "free", "in hand", "unknown"];

/** @param text what `JSON.stringify(snapshot(heap))` made. @throws SnapshotError */
export function readSnapshot(text: string): HeapSnapshot {
  const value = parsed(text);
  const { report, pages } = isRecord(value) ? value : {};
  if (!isRecord(report) || !Array.isArray(pages) || pages.length === 0) throw new SnapshotError("it has no report, or no pages");
  if (typeof report.preset !== "string" || !FIGURES.every((name) => isAmount(report[name]))) throw new SnapshotError("its report lacks figures");
  const sums = AMOUNTS.map((name) => report[name]);
  const counts = report.pages;
  if (!sums.every((sum) => isRecord(sum) && isAmount(sum.blocks) && isAmount(sum.bytes))) throw new SnapshotError("its report lacks sums");
  if (!isRecord(counts) || !isAmount(counts.unbacked)) throw new SnapshotError("its report counts no pages");
  if (UNPRINTABLE.test(report.preset)) throw new SnapshotError("the name of its preset cannot be printed");
  pages.forEach((page: unknown, i) => {
    if (!isPage(page)) throw new SnapshotError(`entry ${i} of its pages is none`);
    if (UNPRINTABLE.test(page.layer)) throw new SnapshotError(`the layer of entry ${i} of its pages cannot be printed`);
    if (!Number.isInteger(page.address) || page.address >= ADDRESSES) throw new SnapshotError(`entry ${i} of its pages is at ${page.address}, which is no address`);
  });
  return value as HeapSnapshot;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // the text may be quoted, with all that it holds
    throw new SnapshotError(String(error instanceof Error ? error.message : error).replaceAll(/\p{C}+/gu, " "));
  }
}

function isPage(page: unknown): page is PageSummary {
  if (!isRecord(page) || typeof page.layer !== "string" || !STATES.includes(String(page.state))) return false;
  return [page.address, page.blockBytes, page.liveBlocks, page.liveBytes, page.freeBytes].every(isAmount);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function isAmount(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}
