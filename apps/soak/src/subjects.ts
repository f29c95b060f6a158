/**
 * Every allocator whose threads are killed, one entry each: the preset in one of its forms, and what its README says that a
 * kill costs. Main thread and workers both have the whole list; a worker finds its preset by the name in the heap's handle.
 */
import { aoMalloc, type AoMallocOptions } from "@heapwright/ao-malloc";
import { checked } from "@heapwright/checked";
import type { SubjectOptions } from "@heapwright/contract";
import { PAGE_BYTES, type HeapOptions, type Preset } from "@heapwright/core";
import { dlmalloc } from "@heapwright/dlmalloc";
import { hoard } from "@heapwright/hoard";
import { heapwright } from "heapwright";
import { michael } from "@heapwright/michael";
import { rtosHeap, type RtosHeapOptions } from "@heapwright/rtos-heap";
import { slistPools } from "@heapwright/slist-pools";
import { spanMalloc } from "@heapwright/span-malloc";

/** A preset in one form. */
export interface SoakSubject {
  readonly name: string;
  readonly preset: Preset;
  /** Its options, and with `killCost` the bytes of {@link stated}. */
  readonly how: SubjectOptions;
  /** What its README says that a kill costs at most, beside the blocks in hand. */
  readonly stated: string;
}

/** Room for what kills cost until the heap is replaced by another. */
const ARENA_BYTES = 7 * 2 ** 20;
/** A batch of blocks on its way to another thread. */
const BATCH_BYTES = 16_384;

/**
 * The largest piece that is added to a bucket: of 16 blocks as many as fit into four pages. Those from 16 KiB up take all four,
 * 15 of them with 16,400 bytes each, or 3 with 65,552.
 */
const PIECE_BYTES = 4 * PAGE_BYTES;

/** What a kill may cost, in words and in bytes. */
interface Cost {
  readonly stated: string;
  readonly killCost: number;
}

const CHUNK = { stated: "a chunk", killCost: PAGE_BYTES };
const NOTHING = { stated: "nothing", killCost: 0 };
const HYPERBLOCK = { stated: "a superblock or, within a few steps, a hyperblock", killCost: 2 ** 20 };
const PAGE_OR_BATCH = { stated: "a page, and a batch of blocks", killCost: PAGE_BYTES + BATCH_BYTES };

const PIECE = { stated: "a piece being added", killCost: PIECE_BYTES };
/**
 * Never both: blocks that came before the piece are in the words of the batch, for `reclaim` to find. What is lost of a batch being
 * given back is less, 16 KiB or one block of 64.
 */
const BATCH_OR_PIECE = { stated: "a batch, or a piece being added", killCost: PIECE_BYTES };

/** Whose that block was is all the same; the largest that workers ask for, of 192 KiB, takes four pages with what is around it. */
const LEAVING = { stated: "the block that leaves the quarantine", killCost: 4 * PAGE_BYTES };
const orLeaving = ({ stated, killCost }: Cost): Cost => ({ stated: `${stated}; ${LEAVING.stated}`, killCost: killCost + LEAVING.killCost });

export const SUBJECTS: readonly SoakSubject[] = [
  subject("heapwright", heapwright, {}, PAGE_OR_BATCH),
  subject("slist-pools", slistPools, { buckets: 14, refill: true }, PIECE, { largestBlock: 65_536 }),
  subject("slist-pools-per-thread", slistPools, { buckets: 14, refill: true, isolate: true, perThread: 32 }, BATCH_OR_PIECE, { largestBlock: 65_536 }),
  subject("ao-malloc", aoMalloc, { enableMmap: true }, CHUNK),
  subject("ao-malloc-boehm-stack", aoMalloc, { enableMmap: true, stack: "almost-lock-free" } satisfies AoMallocOptions, CHUNK),
  subject("michael", michael, {}, HYPERBLOCK),
  subject("hoard", hoard, {}, NOTHING),
  subject("dlmalloc", dlmalloc, {}, NOTHING),
  subject("dlmalloc-mspaces", dlmalloc, { mspaces: 4 }, NOTHING),
  subject("span-malloc", spanMalloc, {}, NOTHING),
  rtosForm("heap_2"),
  rtosForm("heap_2-coalescing"),
  rtosForm("heap_4"),
  subject("checked-heapwright", checked(heapwright, { sites: "sampled" }), {}, orLeaving(PAGE_OR_BATCH)),
  subject("checked-michael", checked(michael, { sites: "sampled" }), {}, orLeaving(HYPERBLOCK)),
  subject("checked-dlmalloc", checked(dlmalloc, { sites: "sampled" }), {}, LEAVING),
];

function rtosForm(form: NonNullable<RtosHeapOptions["form"]>): SoakSubject {
  const options: RtosHeapOptions = { form, heapBytes: ARENA_BYTES };
  return subject(`rtos-${form}`, rtosHeap, options, NOTHING, { growth: false });
}

function subject<Options extends HeapOptions>(
  name: string,
  preset: Preset<Options>,
  options: Options,
  { stated, killCost }: Cost,
  abilities: SubjectOptions["abilities"] = {},
): SoakSubject {
  return { name, preset, stated, how: { name, options, abilities: { ...abilities, killCost } } };
}
