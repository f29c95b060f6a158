/** An allocator that does what another does: the part that wrappers, which change one thing, have in common. */
import type { Allocator, Inspector, Progress, Visit } from "@heapwright/core";

export abstract class Wrapper implements Allocator {
  readonly progress: Progress;

  constructor(
    private readonly wrapped: Allocator,
    progress: Progress = wrapped.progress,
  ) {
    this.progress = progress;
  }

  /** The other one, as it is to be asked at this moment. */
  protected get inner(): Allocator {
    return this.wrapped;
  }

  allocate(bytes: number): number {
    return this.inner.allocate(bytes);
  }

  allocateAligned(alignment: number, bytes: number): number {
    return this.inner.allocateAligned(alignment, bytes);
  }

  free(address: number): void {
    this.inner.free(address);
  }

  owns(address: number): boolean {
    return this.inner.owns(address);
  }

  usableSize(address: number): number {
    return this.inner.usableSize(address);
  }

  resize(address: number, bytes: number): boolean {
    return this.inner.resize(address, bytes);
  }

  isZero(address: number, bytes: number): boolean {
    return this.inner.isZero(address, bytes);
  }

  walk(visit: Visit): void {
    this.inner.walk(visit);
  }

  inspect(to: Inspector): number {
    return this.inner.inspect(to);
  }

  check(): void {
    this.inner.check();
  }

  metadataBytes(): number {
    return this.inner.metadataBytes();
  }

  reclaim(threadId: number, slot: number): void {
    this.inner.reclaim(threadId, slot);
  }

  leave(): void {
    this.inner.leave();
  }
}
