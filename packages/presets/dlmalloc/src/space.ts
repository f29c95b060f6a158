/** One mspace as threads share it: a coalescing heap behind a lock of its own, which a dead holder can be relieved of. */
import type { CoalescingHeap } from "@heapwright/coalesce";
import { Locked, type DeferredFrees, type Holding } from "@heapwright/combine";
import type { Lock } from "@heapwright/sync";

export class Space extends Locked implements Holding {
  constructor(
    private readonly heap: CoalescingHeap,
    lock: Lock,
    deferred: DeferredFrees,
  ) {
    super(heap, lock, deferred);
  }

  allocateHeld(bytes: number): number {
    return this.patiently(() => this.heap.allocateHeld(bytes), 0);
  }

  trim(): void {
    this.patiently(() => this.heap.trim(), undefined);
  }

  /** Racy, as the other figures are. */
  footprint(): number {
    return this.heap.footprint();
  }

  peakFootprint(): number {
    return this.heap.peakFootprint();
  }

  footprintLimit(): number {
    return this.heap.footprintLimit();
  }

  setFootprintLimit(bytes: number): void {
    this.exclusively(() => this.heap.setFootprintLimit(bytes));
  }
}
