/**
 * Small requests go to one allocator, large ones to another. Memory that the small one cannot find is not looked for
 * in the large one; that is what `Fallback` is for.
 */
import type { Allocator } from "@heapwright/core";
import { Pair } from "./pair.js";

export class SizeSplit extends Pair {
  /** @param limit largest request in bytes that `small` serves */
  constructor(
    small: Allocator,
    large: Allocator,
    private readonly limit: number,
  ) {
    super(small, large);
  }

  override allocate(bytes: number): number {
    return bytes <= this.limit ? this.first.allocate(bytes) : this.second.allocate(bytes);
  }

  /** An aligned block inside a small one needs room to be moved up in, so the sum decides. */
  override allocateAligned(alignment: number, bytes: number): number {
    const side = alignment + bytes <= this.limit ? this.first : this.second;
    return side.allocateAligned(alignment, bytes);
  }

  /** Refused when the new size belongs on the other side, so that a shrunken block does not keep a large one's pages. */
  override resize(address: number, bytes: number): boolean {
    const owner = this.ownerOf(address);
    return owner === (bytes <= this.limit ? this.first : this.second) && owner.resize(address, bytes);
  }
}
