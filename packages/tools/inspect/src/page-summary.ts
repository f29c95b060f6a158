/**
 * The heap page by page: whose each is, and how much of it is in use. A page may hold several extents of its owner
 * (superblocks smaller than a page), and an extent many pages (a large object, a span); bytes of such a one are spread
 * evenly over its pages.
 */
import { PAGE_BYTES, type Extent, type ExtentUse } from "@heapwright/core";
import type { Observation } from "./observation.js";

/** What most matters about a page: `blocks` if it has any, then `metadata`, `in hand`, `free`. `unknown`: nobody spoke for it. */
export type PageState = ExtentUse | "unknown";

export interface PageSummary {
  /** Address of the page. */
  readonly address: number;
  readonly state: PageState;
  /** The layer whose page it is; empty if unknown. */
  readonly layer: string;
  /** Bytes that the owner of each block may use; 0 where blocks differ in size. */
  readonly blockBytes: number;
  /** Live blocks, what threads keep included, of the extents that begin in this page. */
  readonly liveBlocks: number;
  readonly liveBytes: number;
  readonly freeBytes: number;
}

type Draft = { -readonly [Field in keyof PageSummary]: PageSummary[Field] };

const RANKS: Readonly<Record<PageState, number>> = { blocks: 4, metadata: 3, "in hand": 2, free: 1, unknown: 0 };

/** All pages from the heap's base to the end of the buffer, in order. */
export function pagesOf({ base, stats, extents }: Observation): PageSummary[] {
  const first = Math.floor(base / PAGE_BYTES);
  const count = Math.ceil(stats.bufferBytes / PAGE_BYTES) - first;
  const pages = Array.from({ length: count }, (_, i): Draft => emptyPage((first + i) * PAGE_BYTES));
  for (const extent of extents) {
    const start = Math.floor(extent.address / PAGE_BYTES) - first;
    const end = Math.min(Math.ceil((extent.address + extent.bytes) / PAGE_BYTES) - first, count);
    for (let i = Math.max(start, 0); i < end; i++) add(pages[i], extent);
    if (start >= 0 && start < count) pages[start].liveBlocks += extent.liveBlocks;
  }
  return pages.map((page) => ({ ...page, liveBytes: Math.round(page.liveBytes), freeBytes: Math.round(page.freeBytes) }));
}

function emptyPage(address: number): Draft {
  return { address, state: "unknown", layer: "", blockBytes: 0, liveBlocks: 0, liveBytes: 0, freeBytes: 0 };
}

function add(page: Draft, extent: Extent): void {
  const overlap = Math.min(extent.address + extent.bytes, page.address + PAGE_BYTES) - Math.max(extent.address, page.address);
  const share = overlap / extent.bytes;
  page.liveBytes += extent.liveBytes * share;
  page.freeBytes += extent.freeBytes * share;
  if (RANKS[extent.use] > RANKS[page.state]) {
    page.state = extent.use;
    page.layer = extent.layer;
    page.blockBytes = extent.blockBytes;
  } else if (extent.use === page.state && extent.blockBytes !== page.blockBytes) {
    page.blockBytes = 0;
  }
}
