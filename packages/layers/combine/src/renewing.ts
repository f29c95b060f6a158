/**
 * An allocator in a memory whose views may have been emptied since the last call: an unshared WebAssembly.Memory that its
 * module, or another heap in it, has grown. The views are looked after once per call, since nobody else can grow it
 * during one. Other memories do without this.
 */
import type { Allocator, Memory } from "@heapwright/core";
import { Wrapper } from "./wrapper.js";

export class Renewing extends Wrapper {
  constructor(
    private readonly memory: Memory,
    inner: Allocator,
  ) {
    super(inner);
  }

  protected override get inner(): Allocator {
    this.memory.reach(0);
    return super.inner;
  }
}
