/**
 * The words in which layers speak to each other, and the two interfaces a user sees.
 *
 * Four small seams, two verbs each: {@link Spans} (acquire / release runs of pages), {@link Blocks} (take / give
 * equal blocks, in batches), {@link Classes} (size class to Blocks, address to size class) and {@link Allocator}
 * (allocate / free a block of any size). A layer knows another layer only through these. Everything in
 * {@link Heap} that is not a layer's business (argument checks, calloc, realloc, identity) is added once, on top.
 *
 * Addresses are byte offsets into the memory's buffer, unsigned 32-bit; 0 is "none". Sizes are bytes unless named
 * otherwise. "Quiescent" means: no other thread is inside an operation of this heap.
 */
import type { Inspector } from "./inspection.js";
import type { Memory } from "./memory.js";
import type { MemorySource, MemoryHandle } from "./sources.js";

/**
 * What is promised of other threads while one of them stands still, from weakest to strongest.
 *
 * - `single-threaded`: one thread at a time, nothing is promised to a second one.
 * - `blocking`: a thread that stops inside an operation can hold up others until its locks are reclaimed.
 * - `almost-lock-free`: one stopped thread holds up nobody; two or more may (Boehm, PODC 2004).
 * - `lock-free`: whatever threads stop, some other thread completes its operation.
 */
export type Progress = "single-threaded" | "blocking" | "almost-lock-free" | "lock-free";

/** A source of spans: contiguous, page-aligned pieces of memory. */
export interface Spans {
  readonly progress: Progress;
  /** Spans start at a multiple of this many bytes, and their length is rounded up to one. A power of two. */
  readonly granule: number;
  /**
   * A span of at least `bytes` whose address is a multiple of `alignment`, or 0 when there is none.
   * @param bytes 1 or more
   * @param alignment a power of two; at most {@link granule} costs nothing
   */
  acquire(bytes: number, alignment: number): number;
  /** Gives back a span that {@link acquire} returned, with the `bytes` it was asked for. */
  release(address: number, bytes: number): void;
}

/**
 * Says whose each page is. An entry has a note, written by the layer that owns the page before it hands anything out
 * of it, and a detail word that the owner may use as it likes. Every page of an acquired span is to be noted;
 * releasing the span clears notes and details. Because the map is outside the blocks, it is what `free` trusts.
 */
export interface PageMap {
  /** A number for one more kind of owner, 1 to 15; the same in every thread, by order of construction. */
  newOwner(): number;
  /** The note of the page that holds `address`, made with `PAGE_NOTE`; 0 where nobody owns it or there is no such page. */
  noteAt(address: number): number;
  /** Plain: the calling thread has acquired the page and handed nothing out of it yet. */
  setNote(address: number, note: number): void;
  /**
   * Plain: makes the page of the calling thread's that holds `address` one of those that the dead thread in `slot` had acquired and
   * not noted, so that the page source takes it back with them.
   */
  leaveTo(address: number, slot: number): void;
  /**
   * Index of the word with the note of the page that holds `address`: for an owner whose threads pass pages on to each
   * other, by compare-and-swap of the part of the note that says whose a page is. An even word, with the detail behind it. Those of
   * all whole pages of `maximumBytes` are equally far from each other, so that a program in WebAssembly can count them off.
   */
  noteWord(address: number): number;
  /** Index of the detail word of the page that holds `address`; 0 when fresh. */
  detailWord(address: number): number;
}

/** Spans whose pages have an entry in a map. */
export interface MappedSpans extends Spans {
  readonly map: PageMap;
  /** Whether the span acquired last by this thread has never been used before, and so is all zero. */
  readonly lastWasZero: boolean;
  /** Bytes of the longest span that could be acquired now, by growing the memory if need be. Any thread, at any time; racy. */
  longestFree(): number;
}

/** A source of blocks of one size. Batches cross this seam, so that what it costs is paid once for many blocks. */
export interface Blocks {
  readonly progress: Progress;
  /** Bytes of each block that belong to the one who took it. */
  readonly blockBytes: number;
  /**
   * Takes up to `count` blocks, writing their addresses into `count` consecutive words.
   * @param into address of the first word; the calling thread must own these words
   * @returns how many were taken: 0 when there is no memory
   */
  take(into: number, count: number): number;
  /** Gives back `count` blocks whose addresses stand in the words at `from`. */
  give(from: number, count: number): void;
}

/** A family of {@link Blocks}, one per size class, that can tell the class of a block from its address. */
export interface Classes {
  readonly progress: Progress;
  /** Number of classes; they are numbered from 0, in ascending size. */
  readonly count: number;
  /** @param sizeClass 0 to `count - 1` */
  blocksOf(sizeClass: number): Blocks;
  /**
   * The class of the live block that starts at `address`, or -1: for a free block, for an address inside a block, and
   * so also for one that `allocateAligned` moved up in its block.
   */
  classAt(address: number): number;
}

/** What a byte of the heap is used for, in {@link Region}. `lost` bytes were in the hands of a thread that died. */
export type RegionState = "live" | "free" | "cached" | "metadata" | "waste" | "lost";

/** A contiguous piece of the heap that one layer accounts for. */
export interface Region {
  readonly address: number;
  readonly bytes: number;
  readonly state: RegionState;
  /** Name of the layer that accounts for it. */
  readonly layer: string;
  /** For a live block: the address its owner was given. Otherwise 0. */
  readonly block: number;
}

export type Visit = (region: Region) => void;

/** An allocator that knows by one look whether it can free a block at once, and frees it by few more. */
export interface FreesOwn {
  /**
   * Frees the block at `address`, an integer from 1 to 2^32 - 1, if its page is this allocator's.
   * @returns false when it is not; nothing is changed then
   * @throws InvalidAddressError where it is, and no block starts; nothing is changed then
   */
  freeOwn(address: number): boolean;
}

/** The same for the size of a block. */
export interface SizesOwn {
  /**
   * Usable bytes of a live block at `address`, an integer from 1 to 2^32 - 1, that is this thread's own and of a fixed size.
   * @returns 0 for all others, and where no block starts
   */
  ownSize(address: number): number;
}

/** An allocator that knows which blocks do not grow where they are. */
export interface Fixes {
  /** Usable bytes up to which {@link Allocator.resize} refuses to make a block larger, always or nearly so: `realloc` moves it without asking. */
  readonly fixedUpTo: number;
}

/** Blocks of any size: what a composition of layers finally offers to the heap on top of it. */
export interface Allocator {
  readonly progress: Progress;
  /** A block of at least `bytes` (0 to 2^32 - 1), 16-byte aligned unless the layer says otherwise; 0 = no memory. */
  allocate(bytes: number): number;
  /** The same at a multiple of `alignment`, a power of two up to 2^31. */
  allocateAligned(alignment: number, bytes: number): number;
  /**
   * Frees the block at `address`, an integer from 1 to 2^32 - 1.
   * @throws InvalidAddressError where no block of this allocator starts; nothing is changed then
   */
  free(address: number): void;
  /** Whether the page of `address`, any integer from 0 to 2^32 - 1, belongs to this allocator. */
  owns(address: number): boolean;
  /**
   * Bytes the owner of the block may use: at least what was asked for. Less than 0 when that is not to be had in time, since
   * a thread that shows no sign of life holds a lock.
   * @throws InvalidAddressError as {@link free}
   */
  usableSize(address: number): number;
  /**
   * Resizes in place when that is possible without moving: the block then serves `bytes`, and the answer is true.
   * Otherwise false, and nothing is changed.
   * @throws InvalidAddressError as {@link free}
   */
  resize(address: number, bytes: number): boolean;
  /** Whether a freshly allocated block of `bytes` at `address` is known to be all zero. Only asked right after. */
  isZero(address: number, bytes: number): boolean;
  /** Reports every byte this allocator holds, each exactly once. Quiescent. */
  walk(visit: Visit): void;
  /**
   * Reports all it holds as extents, and what threads keep. Any thread, at any time: takes no lock, changes nothing, never
   * throws, does a bounded amount of work, and believes nothing that others may be changing; see `Extent`.
   * @returns a request, in bytes, that {@link allocate} would serve if this thread made it now and nobody else made one:
   *   the largest that is certain, 0 when none is
   */
  inspect(to: Inspector): number;
  /** Re-derives the invariants that {@link walk} does not show. Quiescent. @throws HeapCorruptionError */
  check(): void;
  /** Bytes of bookkeeping it holds now, headers of blocks included. May be called at any time. */
  metadataBytes(): number;
  /**
   * Takes back what a dead thread held: locks, caches, half-done work. Others go on meanwhile.
   * @param slot the thread's slot, for tables with a row per thread
   */
  reclaim(threadId: number, slot: number): void;
  /** The calling thread leaves: what it alone holds goes back to where others find it. */
  leave(): void;
}

/** The ability of a layer that keeps empty spans for its own later use. */
export interface Trims {
  /** Gives back to the page source what holds no block in use, as far as that can be done while others work. */
  trim(): void;
}

/** The ability of such a layer to do without what it would keep for a moment. */
export interface Tidies {
  /** Gives back to the page source empty pages that are found at once, and empties others unless what they keep is soon needed again. Cheap enough to be called before each span that is acquired. */
  tidy(): void;
}

/** What the page source under an allocator can tell about itself. Part of every composition. */
export interface PageAccounts {
  /** Bytes in pages that are claimed now, the header's included. */
  mappedBytes(): number;
  /** The most that {@link mappedBytes} has been. */
  peakMappedBytes(): number;
  /** Bytes of the header (all layers' claims) and of the maps. */
  metadataBytes(): number;
  /** Reports the header, gaps and free pages, and pages claimed but owned by nobody. Quiescent. */
  walk(visit: Visit): void;
  /** Reports the same as extents, as {@link Allocator.inspect} does; of free pages, those that the buffer reaches. */
  inspect(to: Inspector): void;
  /** Re-derives the invariants of bitmap, map and counters. Quiescent. @throws HeapCorruptionError */
  check(): void;
  /**
   * Takes back what a dead thread was claiming or releasing. Called after the allocators' own `reclaim`, which may still
   * note pages that the dead thread had in hand.
   */
  reclaim(threadId: number, slot: number): void;
}

/** Figures of a heap, in bytes; racy but never torn, so that any thread may ask at any time. */
export interface HeapStats {
  /** In pages that are claimed now, the header included. */
  readonly mappedBytes: number;
  /** The most that {@link mappedBytes} has been. */
  readonly peakMappedBytes: number;
  /** Spent on bookkeeping: header, maps, descriptors, and the header words of all blocks carved so far. */
  readonly metadataBytes: number;
  /** Length of the buffer now. */
  readonly bufferBytes: number;
  /** Length the buffer can grow to. */
  readonly maximumBytes: number;
}

/** A heap in shared memory, as one thread sees it. Not to be sent to another thread: send {@link Heap.handle}. */
export interface Heap {
  readonly memory: Memory;
  readonly preset: string;
  /** The weakest promise of the layers this heap was composed of. */
  readonly progress: Progress;
  /** A plain object for `postMessage`; `preset.attach(handle)` in another thread gives that thread's view. */
  readonly handle: HeapHandle;
  /** Identifies this attachment for {@link reclaim}; never used twice in one heap. */
  readonly threadId: number;

  /**
   * A block of at least `size` bytes; contents undefined. `malloc(0)` gives a unique address that can be freed.
   * @returns the block's address, or 0 when there is not enough memory
   * @throws RangeError when `size` is not a non-negative safe integer
   */
  malloc(size: number): number;
  /** A zeroed block of `count * size` bytes; 0 also when the product is larger than any memory. @throws RangeError */
  calloc(count: number, size: number): number;
  /**
   * Moves or resizes a block, keeping the first `min(old, new)` bytes. `realloc(0, n)` is `malloc(n)`;
   * `realloc(p, 0)` shrinks to a block of size 0 and does not free. When it returns 0 the old block is untouched.
   * @throws RangeError for the size, InvalidAddressError for the address; nothing is changed then
   */
  realloc(address: number, size: number): number;
  /**
   * As {@link malloc}, at a multiple of `alignment`.
   * @throws RangeError also when `alignment` is not a power of two below 2^53
   */
  alignedAlloc(alignment: number, size: number): number;
  /** Frees a block made by any thread; 0 is ignored. @throws InvalidAddressError */
  free(address: number): void;
  /** Bytes that may be used at `address`; 0 for 0. @throws InvalidAddressError */
  usableSize(address: number): number;

  stats(): HeapStats;
  /**
   * Reports every byte of the heap exactly once, in no particular order. Quiescent, for `visit` as well: who wants to free what it is shown
   * keeps the addresses and frees them afterwards. Where one lock is around everything, a visitor that calls the heap gets an error, after waiting for the lock.
   */
  walk(visit: Visit): void;
  /**
   * Reports the heap as extents while others go on using it; see `Extent`. `@heapwright/inspect` makes a report of it.
   * @returns a size that {@link malloc} would serve now, if nobody else came first: the largest that is certain, 0 when none is
   */
  inspect(to: Inspector): number;
  /** Proves that regions neither overlap nor leave a gap, and every layer's invariants. Quiescent. @throws HeapCorruptionError */
  check(): void;
  /**
   * Takes back the caches, locks and half-done work of a dead thread, and its slot. Its live blocks stay live, for whoever has their
   * addresses. What it was itself reclaiming is taken back with it. Only call it when that thread no longer runs (after
   * `worker.terminate()` has settled).
   * @returns false when that thread has already left or been reclaimed, or another is reclaiming it. If that one dies doing so, whoever
   * reclaims it takes both back
   * @throws RangeError when it is the caller itself
   */
  reclaim(threadId: number): boolean;
  /** This thread leaves: its caches are flushed, its slot is returned. Further calls throw a `DepartedError`, but for those about address 0. */
  [Symbol.dispose](): void;
}

/** What travels to another thread. Plain and structured-cloneable; treat it as opaque. */
export interface HeapHandle {
  readonly preset: string;
  readonly memory: MemoryHandle;
  readonly options: Readonly<Record<string, string | number | boolean>>;
}

/**
 * Options that every preset accepts. A preset ignores options it does not know, so the same object can be given to several
 * presets; so a misspelt name is ignored too.
 */
export interface HeapOptions {
  /**
   * Where the bytes live; `maximumBytes` is then no more than a limit, and `initialBytes` counts for nothing. Default: a growable
   * SharedArrayBuffer of these two sizes, unless the preset says otherwise.
   */
  memory?: MemorySource;
  /** Length of the buffer at first, rounded up to pages of 64 KiB. Default 1 MiB, of a memory that `fastest()` makes 16 MiB, or what the header needs if that is more. */
  initialBytes?: number;
  /** Length it may grow to, at most 2^32. Default 1 GiB, or `initialBytes` if that is more. Blocks begin with the first page of 64 KiB behind the header, so less than two pages serve nothing. */
  maximumBytes?: number;
  /** How many threads may be attached at the same time, 1 to 4096. Default 256. */
  maximumThreads?: number;
}

/** A ready composition of layers, under the name of the system it reproduces. */
export interface Preset<Options extends HeapOptions = HeapOptions> {
  readonly name: string;
  /** With default options; {@link Heap.progress} says it for the options given. */
  readonly progress: Progress;
  /** Formats a new heap. @throws RangeError for options out of range or a memory too small for the header */
  create(options?: Options): Heap;
  /** Joins the heap of a handle as one more thread. @throws AttachError when the buffer holds something else */
  attach(handle: HeapHandle): Heap;
}
