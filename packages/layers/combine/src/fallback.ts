/** Two allocators in order of preference: what the first cannot serve, the second may. The "or" of allocators. */
import { Pair } from "./pair.js";

export class Fallback extends Pair {
  override allocate(bytes: number): number {
    return this.first.allocate(bytes) || this.second.allocate(bytes);
  }

  override allocateAligned(alignment: number, bytes: number): number {
    return this.first.allocateAligned(alignment, bytes) || this.second.allocateAligned(alignment, bytes);
  }

  override resize(address: number, bytes: number): boolean {
    return this.ownerOf(address).resize(address, bytes);
  }
}
