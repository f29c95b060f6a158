/**
 * Turns the addresses of a recording into block numbers while it adds the events to a {@link TraceBuilder}. The one
 * idea: an address stands for a block only from its allocation to its free, and whatever a recording says of an
 * address that stands for nothing is left out and counted.
 */
import type { TraceBuilder } from "./trace-builder.js";
import type { TraceOmissions } from "./trace.js";

const LARGEST_BLOCK = 2 ** 32 - 1;
/** In place of a block number: the block is too large to be in the trace. */
const HUGE = 0;

export class AddressBook {
  readonly #builder: TraceBuilder;
  readonly #blocks = new Map<number, number>();
  readonly #omitted = { unknownBlocks: 0, hugeBlocks: 0, unseenFrees: 0 };

  constructor(builder: TraceBuilder) {
    this.#builder = builder;
  }

  malloc(thread: number, address: number, size: number): void {
    this.#enter(thread, address, size, () => this.#builder.malloc(thread, size));
  }

  calloc(thread: number, address: number, count: number, size: number): void {
    // One element of no size, or none at all: either factor may be beyond 32 bits while the product is 0
    const nothing = count * size === 0;
    this.#enter(thread, address, count * size, () => this.#builder.calloc(thread, nothing ? 0 : count, nothing ? 0 : size));
  }

  alignedAlloc(thread: number, address: number, alignment: number, size: number): void {
    this.#enter(thread, address, size, () => this.#builder.alignedAlloc(thread, alignment, size));
  }

  free(thread: number, address: number): void {
    this.moved(thread, this.leave(address), 0, 0);
  }

  /** A realloc begins: `address` may be handed out again from now on. @returns its block, for {@link moved} */
  leave(address: number): number | undefined {
    const block = this.#blocks.get(address);
    this.#blocks.delete(address);
    return block;
  }

  /** A realloc kept `block` where it was because there was no memory. */
  stay(block: number | undefined, address: number): void {
    if (block !== undefined) this.#blocks.set(address, block);
  }

  /** A realloc ends: `block` is now at `address`, or at 0 when it was freed. */
  moved(thread: number, block: number | undefined, address: number, size: number): void {
    if (block === undefined) this.#omitted.unknownBlocks += 1;
    if (address === 0) {
      if (block !== undefined && block !== HUGE) this.#builder.free(thread, block);
    } else if (block === undefined || block === HUGE) {
      this.malloc(thread, address, size);
    } else if (size > LARGEST_BLOCK) {
      this.#builder.free(thread, block);
      this.malloc(thread, address, size);
    } else {
      this.#enter(thread, address, size, () => this.#builder.realloc(thread, block, size));
    }
  }

  omitted(afterHole: number): TraceOmissions {
    return { ...this.#omitted, afterHole };
  }

  #enter(thread: number, address: number, bytes: number, make: () => number): void {
    const stale = this.#blocks.get(address);
    if (stale !== undefined) {
      this.#omitted.unseenFrees += 1;
      if (stale !== HUGE) this.#builder.free(thread, stale);
    }
    if (bytes > LARGEST_BLOCK) this.#omitted.hugeBlocks += 1;
    this.#blocks.set(address, bytes > LARGEST_BLOCK ? HUGE : make());
  }
}
