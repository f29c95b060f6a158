/**
 * What each worker of this demo is told.
 */
import type { HeapHandle } from "@heapwright/core";

export interface Job {
  readonly heap: HeapHandle;
  /** Compiled once; every thread makes an instance of it. */
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** Words, separated by spaces. */
  readonly text: string;
}
