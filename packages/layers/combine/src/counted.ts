/**
 * Counts what passes through to another allocator: calls, failures and bytes asked for. Each thread counts in a row of
 * its own without atomics, and any thread may add the rows up at any time; the sum is as old as its oldest read. Rows
 * outlive their threads, so sums cover the whole life of the heap.
 */
import { struct, words, type Allocator, type Memory, type Root } from "@heapwright/core";
import { Wrapper } from "./wrapper.js";

export const COUNTED_ROW = struct("CountedRow", {
  /** float64: blocks handed out; written by the thread of this slot, as all below */
  allocations: words(2),
  /** float64: blocks taken back */
  frees: words(2),
  /** float64: requests answered by 0 */
  failures: words(2),
  /** float64: sum of the sizes asked for by successful requests */
  requestedBytes: words(2),
}, { align: 128 });

export interface Counts {
  readonly allocations: number;
  readonly frees: number;
  readonly failures: number;
  readonly requestedBytes: number;
}

/** `ignored`: a request that is answered by 0 changes not a word of the heap, as no request does without this layer. */
type Failures = "counted" | "ignored";

export class Counted extends Wrapper {
  private readonly memory: Memory;
  private readonly rows: number;
  /** Index of this thread's row in the view of float64s. */
  private readonly mine: number;

  constructor(
    private readonly root: Root,
    inner: Allocator,
    private readonly failures: Failures = "counted",
  ) {
    super(inner);
    this.memory = root.memory;
    this.rows = root.claimStruct(COUNTED_ROW, root.threads.capacity);
    this.mine = this.rowOf(root.threads.slot);
  }

  /** Sums over all threads, from any thread. */
  counts(): Counts {
    const sum = (field: number): number => {
      let total = 0;
      for (let slot = 0; slot < this.root.threads.capacity; slot++) total += this.memory.f64[this.rowOf(slot) + (field >>> 1)];
      return total;
    };
    return {
      allocations: sum(COUNTED_ROW.allocations),
      frees: sum(COUNTED_ROW.frees),
      failures: sum(COUNTED_ROW.failures),
      requestedBytes: sum(COUNTED_ROW.requestedBytes),
    };
  }

  private rowOf(slot: number): number {
    return (this.rows + slot * COUNTED_ROW.bytes) >>> 3;
  }

  override allocate(bytes: number): number {
    return this.count(this.inner.allocate(bytes), bytes);
  }

  override allocateAligned(alignment: number, bytes: number): number {
    return this.count(this.inner.allocateAligned(alignment, bytes), bytes);
  }

  private count(address: number, bytes: number): number {
    const { f64 } = this.memory;
    if (address === 0) {
      if (this.failures === "counted") f64[this.mine + (COUNTED_ROW.failures >>> 1)]++;
    } else {
      f64[this.mine + (COUNTED_ROW.allocations >>> 1)]++;
      f64[this.mine + (COUNTED_ROW.requestedBytes >>> 1)] += bytes;
    }
    return address;
  }

  override free(address: number): void {
    this.inner.free(address);
    this.memory.f64[this.mine + (COUNTED_ROW.frees >>> 1)]++;
  }
}
