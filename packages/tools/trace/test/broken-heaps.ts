/**
 * Heaps with one fault each, which a replay must find. Each is right in everything else.
 */
import type { Visit } from "@heapwright/core";
import { SimpleHeap } from "./simple-heap.js";

/** Puts a small block into the middle of the one that it gave right before. */
export class OverlappingHeap extends SimpleHeap {
  #last = 0;

  override malloc(size: number): number {
    if (size <= 16 && this.#last !== 0) return this.#last + 16;
    const address = super.malloc(size);
    this.#last = size >= 32 ? address : 0;
    return address;
  }
}

/** Leaves what was there before. */
export class DirtyHeap extends SimpleHeap {
  override calloc(count: number, size: number): number {
    return this.malloc(count * size);
  }
}

/** Moves a block, but keeps only its first half. */
export class ForgetfulHeap extends SimpleHeap {
  override realloc(address: number, size: number): number {
    const kept = this.usableSize(address) / 4;
    const moved = this.malloc(size);
    this.memory.copy(moved, address, Math.min(size, kept));
    this.free(address);
    return moved;
  }
}

/** Its headers are 20 bytes long, so that only some addresses are multiples of 16. */
export class MisalignedHeap extends SimpleHeap {
  protected override readonly headerBytes = 20;
}

/** Says that every block has 16 bytes. */
export class StingyHeap extends SimpleHeap {
  override usableSize(): number {
    return 16;
  }
}

/** Works, but its own check finds something. */
export class SelfDoubtingHeap extends SimpleHeap {
  override check(): void {
    throw new Error("the free list has a cycle");
  }
}

/** Forgets to report one block in its walk. */
export class HidingHeap extends SimpleHeap {
  override walk(visit: Visit): void {
    let first = true;
    super.walk((region) => {
      if (!(first && region.state === "live")) visit(region);
      if (region.state === "live") first = false;
    });
  }
}

/** Keeps blocks that were freed. */
export class LeakingHeap extends SimpleHeap {
  override free(): void {}
}

/** Throws at the fifth free. */
export class ThrowingHeap extends SimpleHeap {
  #calls = 0;

  override free(address: number): void {
    this.#calls += 1;
    if (this.#calls === 5) throw new Error("not at a block");
    super.free(address);
  }
}
