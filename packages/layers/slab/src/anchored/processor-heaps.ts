/**
 * The processor heaps: so many sets of two words per size class (Michael 2004, figure 3). A thread uses the set of its
 * slot modulo their number; two per processor make it unlikely that running threads meet. Rows of different
 * heaps share no cache line.
 */
import { i32, struct, type Root } from "@heapwright/core";

export const PROCESSOR_HEAP = struct("ProcessorHeap", {
  /** descriptor's address and its credits, or 0; CAS by any thread. Not 0: at least one block can be taken */
  active: i32(),
  /** descriptor of a partial or empty superblock, or 0; exchange, or CAS to 0. Who takes it out has it in hand */
  partial: i32(),
}, { align: 8, bytes: 8 });

/** Distance between the rows of two heaps is a multiple of this. */
const LINE = 128;

export class ProcessorHeaps {
  private readonly address: number;
  private readonly rowBytes: number;
  /** Address of this thread's heap of size class 0; those of the other classes follow. */
  readonly own: number;

  constructor(
    root: Root,
    readonly count: number,
    classes: number,
  ) {
    this.rowBytes = Math.ceil((classes * PROCESSOR_HEAP.bytes) / LINE) * LINE;
    this.address = root.claim("ProcessorHeaps", this.rowBytes * count, LINE);
    this.own = this.address + (root.threads.slot % count) * this.rowBytes;
  }

  /** Address of the heap with a number and for a class. */
  at(number: number, sizeClass: number): number {
    return this.address + number * this.rowBytes + sizeClass * PROCESSOR_HEAP.bytes;
  }
}
