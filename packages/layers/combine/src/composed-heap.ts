/**
 * The heap that users hold: an {@link Allocator} with everything added that is not a layer's business. It checks
 * arguments, derives calloc and realloc, knows who this thread is, and proves that what the layers report covers every
 * byte once. It keeps no words of its own.
 *
 * `malloc` and `free` are one comparison and one call: what a layer can do in a few nanoseconds must not drown here.
 */
import {
  InvalidAddressError, isPowerOfTwo, showValue,
  type Allocator, type Heap, type HeapHandle, type HeapStats, type Inspector, type Memory, type PageAccounts, type Progress, type Root, type Visit,
} from "@heapwright/core";
import { DEPARTED } from "./departed.js";
import { Renewing } from "./renewing.js";
import { proveTiling } from "./tiling.js";

/** What a build function makes of a root: the finished allocator, and the pages at the bottom of it. */
export interface Composition {
  readonly allocator: Allocator;
  readonly pages: PageAccounts;
  /**
   * `exact`: a block's usable size is what was asked for last, so the allocator is told of every change. Otherwise a block
   * that is at most twice too large is left as it is.
   */
  readonly sizes?: "rounded" | "exact";
}

/** Largest alignment that leaves room for a block below 2^32. */
const LARGEST_ALIGNMENT = 2 ** 31;
/** The alignment that every address has. */
const NATURAL_ALIGNMENT = 16;

export class ComposedHeap implements Heap {
  readonly memory: Memory;
  readonly progress: Progress;
  readonly preset: string;
  readonly handle: HeapHandle;
  readonly threadId: number;
  private allocator: Allocator;
  private readonly pages: PageAccounts;
  private readonly root: Root;
  /** What {@link allocator} was at first, also when the thread has left. */
  private readonly composed: Allocator;
  private readonly sizes: "rounded" | "exact";

  constructor(root: Root, composition: Composition, handle: HeapHandle) {
    this.memory = root.memory;
    this.progress = composition.allocator.progress;
    this.preset = handle.preset;
    this.handle = handle;
    this.threadId = root.threads.id;
    this.allocator = root.memory.detaches ? new Renewing(root.memory, composition.allocator) : composition.allocator;
    this.pages = composition.pages;
    this.root = root;
    this.composed = composition.allocator;
    this.sizes = composition.sizes ?? "rounded";
  }

  /** What a heap was composed of, for tools that know what they look for; undefined when it is no composed one. */
  static allocatorOf(heap: Heap): Allocator | undefined {
    return heap instanceof ComposedHeap ? heap.composed : undefined;
  }

  malloc(size: number): number {
    if (typeof size === "number" && size >>> 0 === size) return this.allocator.allocate(size);
    return this.refuseSize(size);
  }

  calloc(count: number, size: number): number {
    checkSize("count", count);
    checkSize("size", size);
    // exact up to 2^53, and beyond that still far more than any memory
    const bytes = count * size;
    if (bytes >>> 0 !== bytes) return this.refuseSize(0);
    const address = this.allocator.allocate(bytes);
    if (address !== 0 && bytes !== 0 && !this.allocator.isZero(address, bytes)) {
      this.memory.reach(address + bytes - 1);
      this.memory.fill(address, bytes, 0);
    }
    return address;
  }

  realloc(address: number, size: number): number {
    if (address === 0) return this.malloc(size);
    checkSize("size", size);
    const usable = this.usableSize(address);
    // what no memory can hold is refused before any layer gives back what it keeps, in vain
    if (size >>> 0 !== size || size >= this.memory.maximumBytes) return 0;
    // a block that is at most twice too large stays where it is: moving would cost more than it saves
    if (this.sizes === "rounded" && size <= usable && size >= usable >>> 1) return address;
    if (this.allocator.resize(address, size)) return address;
    const moved = this.allocator.allocate(size);
    if (moved === 0) return size <= usable ? address : 0;
    this.move(address, moved, Math.min(usable, size));
    return moved;
  }

  private move(from: number, to: number, bytes: number): void {
    if (bytes !== 0) {
      this.memory.reach(Math.max(from, to) + bytes - 1);
      this.memory.copy(to, from, bytes);
    }
    this.allocator.free(from);
  }

  alignedAlloc(alignment: number, size: number): number {
    if (typeof alignment !== "number" || !isPowerOfTwo(alignment)) {
      throw new RangeError(`alignment must be a power of two, not ${showValue(alignment)}`);
    }
    checkSize("size", size);
    if (size >>> 0 !== size || alignment > LARGEST_ALIGNMENT) return this.refuseSize(0);
    return alignment <= NATURAL_ALIGNMENT ? this.allocator.allocate(size) : this.allocator.allocateAligned(alignment, size);
  }

  free(address: number): void {
    if (address === 0) return;
    if (typeof address !== "number" || address >>> 0 !== address) throw notAnAddress(address);
    this.allocator.free(address);
  }

  usableSize(address: number): number {
    if (address === 0) return 0;
    if (typeof address !== "number" || address >>> 0 !== address) throw notAnAddress(address);
    return this.allocator.usableSize(address);
  }

  stats(): HeapStats {
    this.memory.reach(Number.MAX_SAFE_INTEGER);
    return {
      mappedBytes: this.pages.mappedBytes(),
      peakMappedBytes: this.pages.peakMappedBytes(),
      metadataBytes: this.pages.metadataBytes() + this.allocator.metadataBytes(),
      bufferBytes: this.memory.end,
      maximumBytes: this.memory.maximumBytes,
    };
  }

  walk(visit: Visit): void {
    this.memory.reach(Number.MAX_SAFE_INTEGER);
    // first, since a layer may free before it reports what had waited for that, and give pages back
    this.allocator.walk(visit);
    this.pages.walk(visit);
  }

  inspect(to: Inspector): number {
    this.memory.reach(Number.MAX_SAFE_INTEGER);
    // first, since a thread that has left hears of it here
    const largest = this.allocator.inspect(to);
    this.pages.inspect(to);
    return largest;
  }

  check(): void {
    this.memory.reach(0);
    proveTiling((visit) => this.walk(visit), this.memory, this.root.threads.deathIsPossible() ? "deaths" : "no deaths");
    this.pages.check();
    this.allocator.check();
  }

  reclaim(threadId: number): boolean {
    // before the dead thread's slot is touched: whoever has left cannot finish, and nobody else could then begin
    this.enter();
    if (threadId === this.threadId) throw new RangeError(`thread ${threadId} is the caller: a thread cannot reclaim itself`);
    return this.root.threads.reclaim(threadId, (slot) => {
      this.allocator.reclaim(threadId, slot);
      this.pages.reclaim(threadId, slot);
    });
  }

  [Symbol.dispose](): void {
    if (this.allocator === DEPARTED) return;
    this.allocator.leave();
    this.depart();
    this.root.threads.leave();
  }

  /**
   * What a call begins with that goes past the allocator, as those which derived classes add may: renews views that somebody
   * else's growth has emptied.
   * @throws Error when this thread has left
   */
  protected enter(): void {
    if (this.allocator === DEPARTED) DEPARTED.leave();
    this.memory.reach(0);
  }

  /** From now on calls say that this thread has left. */
  protected depart(): void {
    this.allocator = DEPARTED;
  }

  /** Only reached by sizes no heap can serve. @returns 0, after the checks that even those must pass */
  private refuseSize(size: number): number {
    checkSize("size", size);
    return this.allocator === DEPARTED ? DEPARTED.allocate(0) : 0;
  }
}

/** @throws RangeError when `value` is no size */
function checkSize(name: string, value: number): void {
  if (Number.isSafeInteger(value) && value >= 0) return;
  throw new RangeError(`${name} must be an integer from 0 to 2^53 - 1, not ${showValue(value)}`);
}

function notAnAddress(value: unknown): InvalidAddressError {
  return new InvalidAddressError(value, "addresses are integers from 0 to 2^32 - 1");
}
