/**
 * What each worker of this demo is told.
 */
import type { HeapHandle } from "@heapwright/core";

export interface Job {
  readonly heap: HeapHandle;
  /** Address of the words through which the workers swap blocks, and how many there are. */
  readonly swap: number;
  readonly places: number;
  /** Where the workers meet before they begin. */
  readonly gate: number;
  readonly seed: number;
}
