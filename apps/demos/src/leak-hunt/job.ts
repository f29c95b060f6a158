/**
 * What each worker of this demo is told.
 */
import type { HeapHandle } from "@heapwright/core";
import type { Habit } from "./server.js";

export interface Job {
  readonly heap: HeapHandle;
  readonly requests: number;
  readonly habit: Habit;
}
