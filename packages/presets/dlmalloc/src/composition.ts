/**
 * How Lea's malloc is put together from layers: blocks, bins and tags are the coalescing heap's, each mspace is one behind a
 * lock, and what is large goes past them.
 */
import { pageNote, type MappedSpans, type Root } from "@heapwright/core";
import { CoalescingHeap, LeaFit } from "@heapwright/coalesce";
import { DeferredFrees, Spread, type Composition } from "@heapwright/combine";
import { LargeObjects, Pages } from "@heapwright/pages";
import { FutexLock, LOCK } from "@heapwright/sync";
import { ChoosingSpans } from "./choosing-spans.js";
import { Space } from "./space.js";

/** What marks are made of: Lea's magic where it is not drawn from the time. */
const MAGIC = 0x58585858;
/** What a block is rounded up to, and what it spends of that; FOOTERS make it the double. */
export const UNIT = 16;
const OVERHEAD = 4;

export interface DlmallocSettings extends Record<string, string | number | boolean> {
  mspaces: number;
  footers: boolean;
  granularity: number;
  trimThreshold: number;
  mmapThreshold: number;
  releaseCheckRate: number;
  footprintLimit: number;
}

export interface DlmallocComposition extends Composition {
  readonly spaces: readonly Space[];
  /** What is below all that may lie around the spaces. */
  readonly choice: ChoosingSpans;
}

export function compose(root: Root, settings: DlmallocSettings): DlmallocComposition {
  const pages = new Pages(root);
  const owner = pages.map.newOwner();
  const spaces = Array.from({ length: settings.mspaces }, (_, index) => makeSpace(root, pages, owner, index, settings));
  const heap = spaces.length === 1 ? spaces[0] : new Spread(root, pages.map, owner, spaces);
  // the largest request of which the block, overhead included, is below the threshold
  const limit = settings.mmapThreshold - UNIT - (settings.footers ? 2 * OVERHEAD : OVERHEAD);
  const choice = new ChoosingSpans(heap, new LargeObjects(root, pages), limit);
  return { allocator: choice, pages, spaces, choice, sizes: "exact" };
}

function makeSpace(root: Root, source: MappedSpans, owner: number, index: number, settings: DlmallocSettings): Space {
  const heap = new CoalescingHeap(root, source, {
    fit: LeaFit,
    arena: "contiguous",
    spanBytes: settings.granularity,
    trimBytes: settings.trimThreshold,
    releaseEvery: settings.releaseCheckRate,
    footprintLimit: settings.footprintLimit,
    guard: settings.footers ? MAGIC ^ (index + 1) : 0,
    pageNote: pageNote(owner, index),
  });
  return new Space(heap, new FutexLock(root.memory, root.claimStruct(LOCK), root.threads.id), new DeferredFrees(root));
}
