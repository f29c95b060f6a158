/** Two allocators in order of preference: what the first cannot serve, the second may. The "or" of allocators. */
import type { Inspector } from "@heapwright/core";
import { Pair } from "./pair.js";

export class Fallback extends Pair {
  override allocate(bytes: number): number {
    return this.first.allocate(bytes) || this.second.allocate(bytes);
  }

  override allocateAligned(alignment: number, bytes: number): number {
    return this.first.allocateAligned(alignment, bytes) || this.second.allocateAligned(alignment, bytes);
  }

  override inspect(to: Inspector): number {
    return Math.max(this.first.inspect(to), this.second.inspect(to));
  }

  override resize(address: number, bytes: number): boolean {
    return this.ownerOf(address).resize(address, bytes);
  }
}
