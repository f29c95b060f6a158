/**
 * The heap that users hold: an {@link Allocator} with everything added that is not a layer's business. It has the calls of C
 * (`calls.ts`), knows who this thread is, and proves that what the layers report covers every byte once. It keeps no words of
 * its own.
 */
import type { Allocator, Heap, HeapHandle, HeapStats, Inspector, Memory, PageAccounts, Progress, Root, Visit } from "@heapwright/core";
import { callsOf, Served, type Calls } from "./calls.js";
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

export class ComposedHeap implements Heap {
  readonly memory: Memory;
  readonly progress: Progress;
  readonly preset: string;
  readonly handle: HeapHandle;
  readonly threadId: number;
  declare readonly malloc: Calls["malloc"];
  declare readonly calloc: Calls["calloc"];
  declare readonly realloc: Calls["realloc"];
  declare readonly alignedAlloc: Calls["alignedAlloc"];
  declare readonly free: Calls["free"];
  declare readonly usableSize: Calls["usableSize"];
  private readonly served: Served;
  private readonly pages: PageAccounts;
  private readonly root: Root;
  /** Also when the thread has left. */
  private readonly composed: Allocator;

  constructor(root: Root, composition: Composition, handle: HeapHandle) {
    this.memory = root.memory;
    this.progress = composition.allocator.progress;
    this.preset = handle.preset;
    this.handle = handle;
    this.threadId = root.threads.id;
    this.served = new Served(root.memory.detaches ? new Renewing(root.memory, composition.allocator) : composition.allocator);
    this.pages = composition.pages;
    this.root = root;
    this.composed = composition.allocator;
    Object.assign(this, callsOf(this.served, root.memory, composition.sizes ?? "rounded"));
  }

  /** What a heap was composed of, for tools that know what they look for; undefined when it is no composed one. */
  static allocatorOf(heap: Heap): Allocator | undefined {
    return heap instanceof ComposedHeap ? heap.composed : undefined;
  }

  stats(): HeapStats {
    this.memory.reach(Number.MAX_SAFE_INTEGER);
    return {
      mappedBytes: this.pages.mappedBytes(),
      peakMappedBytes: this.pages.peakMappedBytes(),
      metadataBytes: this.pages.metadataBytes() + this.served.allocator.metadataBytes(),
      bufferBytes: this.memory.end,
      maximumBytes: this.memory.maximumBytes,
    };
  }

  walk(visit: Visit): void {
    this.memory.reach(Number.MAX_SAFE_INTEGER);
    // first, since a layer may free before it reports what had waited for that, and give pages back
    this.served.allocator.walk(visit);
    this.pages.walk(visit);
  }

  inspect(to: Inspector): number {
    this.memory.reach(Number.MAX_SAFE_INTEGER);
    // first, since a thread that has left hears of it here
    const largest = this.served.allocator.inspect(to);
    this.pages.inspect(to);
    return largest;
  }

  check(): void {
    this.memory.reach(0);
    proveTiling((visit) => this.walk(visit), this.memory, this.root.threads.deathIsPossible() ? "deaths" : "no deaths");
    this.pages.check();
    this.served.allocator.check();
  }

  reclaim(threadId: number): boolean {
    // before the dead thread's slot is touched: whoever has left cannot finish, and nobody else could then begin
    this.enter();
    if (threadId === this.threadId) throw new RangeError(`thread ${threadId} is the caller: a thread cannot reclaim itself`);
    return this.root.threads.reclaim(threadId, (id, slot) => {
      this.served.allocator.reclaim(id, slot);
      this.pages.reclaim(id, slot);
    });
  }

  [Symbol.dispose](): void {
    if (this.served.allocator === DEPARTED) return;
    this.served.allocator.leave();
    this.depart();
    this.root.threads.leave();
  }

  /**
   * What a call begins with that goes past the allocator, as those which derived classes add may: renews views that somebody
   * else's growth has emptied.
   * @throws DepartedError when this thread has left
   */
  protected enter(): void {
    if (this.served.allocator === DEPARTED) DEPARTED.leave();
    this.memory.reach(0);
  }

  /** From now on calls say that this thread has left, also those that were taken out of this object. */
  protected depart(): void {
    this.served.allocator = DEPARTED;
  }
}
