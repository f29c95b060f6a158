/**
 * Two allocators that share a page map: what every combination of two has in common. A block goes back to the one
 * that owns its page, whatever rule sent the request there.
 */
import { InvalidAddressError, weakest, type Allocator, type Inspector, type Progress, type Visit } from "@heapwright/core";

export abstract class Pair implements Allocator {
  readonly progress: Progress;

  constructor(
    protected readonly first: Allocator,
    protected readonly second: Allocator,
  ) {
    this.progress = weakest(first.progress, second.progress);
  }

  abstract allocate(bytes: number): number;
  abstract allocateAligned(alignment: number, bytes: number): number;
  abstract resize(address: number, bytes: number): boolean;
  abstract inspect(to: Inspector): number;

  free(address: number): void {
    this.freeOfEither(address);
  }

  /** `free`, for a class that overrides that: a call of its own method is shorter for V8, which counts, than one of super's. */
  protected freeOfEither(address: number): void {
    if (this.first.owns(address)) this.first.free(address);
    else this.ownerOf(address).free(address);
  }

  owns(address: number): boolean {
    return this.first.owns(address) || this.second.owns(address);
  }

  usableSize(address: number): number {
    return this.ownerOf(address).usableSize(address);
  }

  isZero(address: number, bytes: number): boolean {
    return this.ownerOf(address).isZero(address, bytes);
  }

  walk(visit: Visit): void {
    this.first.walk(visit);
    this.second.walk(visit);
  }

  check(): void {
    this.first.check();
    this.second.check();
  }

  metadataBytes(): number {
    return this.first.metadataBytes() + this.second.metadataBytes();
  }

  reclaim(threadId: number, slot: number): void {
    this.first.reclaim(threadId, slot);
    this.second.reclaim(threadId, slot);
  }

  leave(): void {
    this.first.leave();
    this.second.leave();
  }

  /** @throws InvalidAddressError when the page of `address` is neither's */
  protected ownerOf(address: number): Allocator {
    if (this.first.owns(address)) return this.first;
    if (this.second.owns(address)) return this.second;
    throw new InvalidAddressError(address, "its page holds no blocks");
  }
}
