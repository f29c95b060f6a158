/**
 * What a map is drawn from, in either form: rows of cells, each for one page or, where there are more pages than room, for
 * as many neighbours as it takes. A cell of several pages shows what most of them are.
 */
import { PAGE_BYTES, showValue, type Heap } from "@heapwright/core";
import { snapshot, type HeapReport, type HeapSnapshot, type PageState, type PageSummary } from "@heapwright/inspect";

export interface Cell {
  /** Address of its first page. */
  readonly address: number;
  readonly pages: readonly PageSummary[];
  readonly state: PageState;
  /** The layer of most of its pages in that state. */
  readonly layer: string;
  /** Live bytes by those that blocks could have, 0 to 1. */
  readonly occupancy: number;
}

export interface CellMap {
  readonly report: HeapReport;
  readonly cells: readonly Cell[];
  readonly pagesPerCell: number;
  /** The layers whose blocks are shown, in order of their names. */
  readonly layers: readonly string[];
}

/** @param most cells, at most so many; at least 1 @throws RangeError for a source that is neither */
export function cellMap(source: Heap | HeapSnapshot, most: number): CellMap {
  const { report, pages } = isSnapshot(source) ? source : snapshot(heapOf(source));
  let pagesPerCell = 1;
  while (pages.length > most * pagesPerCell) pagesPerCell *= 2;
  const cells: Cell[] = [];
  for (let i = 0; i < pages.length; i += pagesPerCell) cells.push(cellOf(pages.slice(i, i + pagesPerCell)));
  const layers = new Set(pages.filter(({ state }) => state === "blocks").map(({ layer }) => layer));
  return { report, cells, pagesPerCell, layers: [...layers].sort() };
}

function isSnapshot(source: Heap | HeapSnapshot): source is HeapSnapshot {
  return typeof source === "object" && source !== null && "report" in source;
}

function heapOf(source: Heap): Heap {
  const isHeap = typeof source === "object" && source !== null && typeof source.inspect === "function";
  if (!isHeap) throw new RangeError(`a map is drawn of a heap or of a snapshot of one, not of ${showValue(source)}`);
  return source;
}

function cellOf(pages: readonly PageSummary[]): Cell {
  const { state, layer } = mostCommon(pages);
  const alike = pages.filter((page) => page.state === state && page.layer === layer);
  const live = alike.reduce((bytes, { liveBytes }) => bytes + liveBytes, 0);
  const free = alike.reduce((bytes, { freeBytes }) => bytes + freeBytes, 0);
  return { address: pages[0].address, pages, state, layer, occupancy: live === 0 ? 0 : live / (live + free) };
}

function mostCommon(pages: readonly PageSummary[]): PageSummary {
  const counts = new Map<string, { page: PageSummary; count: number }>();
  for (const page of pages) {
    const key = `${page.state} ${page.layer}`;
    const seen = counts.get(key) ?? { page, count: 0 };
    seen.count++;
    counts.set(key, seen);
  }
  return [...counts.values()].reduce((best, one) => (one.count > best.count ? one : best)).page;
}

/** Such as `64 KiB`. */
export function bytesText(bytes: number): string {
  const units = ["bytes", "KiB", "MiB", "GiB"];
  let unit = 0;
  let value = bytes;
  while (value >= 1024 && unit < 3) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 || value >= 100 || Number.isInteger(value) ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

export function percent(part: number): string {
  return `${Math.round(part * 100)} %`;
}

/** The figures above a map, as lines. */
export function headline({ report }: CellMap): string[] {
  const { preset, mappedBytes, maximumBytes, peakMappedBytes, live, cached, free } = report;
  const kept = cached.blocks === 0 ? "" : `, ${cached.blocks} kept by threads`;
  return [
    `${preset}: ${bytesText(mappedBytes)} mapped, ${bytesText(peakMappedBytes)} at the peak, ${bytesText(maximumBytes)} at most`,
    `${live.blocks} live blocks in ${bytesText(live.bytes)}${kept}, ${bytesText(free.bytes)} free; fragmentation ${percent(report.externalFragmentation)} external, about ${percent(report.internalFragmentation)} internal`,
  ];
}

/** What a page is, in words. */
export function describePage({ address, state, layer, blockBytes, liveBlocks, liveBytes, freeBytes }: PageSummary): string {
  const place = `0x${address.toString(16).padStart(8, "0")}`;
  if (state !== "blocks") return `${place}: ${state}${layer === "" ? "" : `, ${layer}`}`;
  const sizes = blockBytes === 0 ? "blocks of several sizes" : `blocks of ${blockBytes} bytes`;
  const used = `${percent(liveBytes / Math.max(liveBytes + freeBytes, 1))} live`;
  return `${place}: ${layer}, ${sizes}, ${liveBlocks} live ${liveBlocks === 1 ? "block begins" : "blocks begin"} here, ${used}`;
}

/** Bytes that a cell stands for. */
export function cellBytes({ pagesPerCell }: CellMap): number {
  return pagesPerCell * PAGE_BYTES;
}
