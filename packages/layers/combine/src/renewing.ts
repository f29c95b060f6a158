/**
 * An allocator in a memory whose views may have been emptied since the last call: an unshared WebAssembly.Memory that its
 * module, or another heap in it, has grown. The views are looked after once per call, since nobody else can grow it
 * during one. Other memories do without this.
 */
import type { Allocator, Inspector, Memory, Visit } from "@heapwright/core";
import { Wrapper } from "./wrapper.js";

export class Renewing extends Wrapper {
  constructor(
    private readonly memory: Memory,
    inner: Allocator,
  ) {
    super(inner);
  }

  private renewed(): Allocator {
    this.memory.reach(0);
    return this.inner;
  }

  override allocate(bytes: number): number {
    return this.renewed().allocate(bytes);
  }

  override allocateAligned(alignment: number, bytes: number): number {
    return this.renewed().allocateAligned(alignment, bytes);
  }

  override free(address: number): void {
    this.renewed().free(address);
  }

  override owns(address: number): boolean {
    return this.renewed().owns(address);
  }

  override usableSize(address: number): number {
    return this.renewed().usableSize(address);
  }

  override resize(address: number, bytes: number): boolean {
    return this.renewed().resize(address, bytes);
  }

  override walk(visit: Visit): void {
    this.renewed().walk(visit);
  }

  override inspect(to: Inspector): number {
    return this.renewed().inspect(to);
  }

  override check(): void {
    this.renewed().check();
  }

  override metadataBytes(): number {
    return this.renewed().metadataBytes();
  }

  override reclaim(threadId: number, slot: number): void {
    this.renewed().reclaim(threadId, slot);
  }

  override leave(): void {
    this.renewed().leave();
  }
}
