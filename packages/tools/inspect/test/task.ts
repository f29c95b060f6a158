/** What the workers of the threads test are told, and the words they share with it. */
import type { HeapHandle } from "@heapwright/core";

export interface Task {
  readonly handle: HeapHandle;
  readonly role: "churns" | "looks";
  readonly seed: number;
  /** The words below. */
  readonly control: SharedArrayBuffer;
}

/** 1: the workers are to leave. */
export const STOP = 0;
/** Reports made. */
export const LOOKS = 1;
/** Calls of those that churn. */
export const WORK = 2;
