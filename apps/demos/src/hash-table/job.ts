/**
 * What each worker of this demo is told.
 */
import type { HeapHandle } from "@heapwright/core";

export interface Job {
  readonly heap: HeapHandle;
  /** Address of the table. */
  readonly table: number;
  /** Where the workers meet before they begin, and how many they are. */
  readonly gate: number;
  readonly crew: number;
  /** The worker's name, and its keys: numbers from `from` to `to`, the latter left out. */
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

/** Keys and values of many lengths, so that the heap has something to do. */
export const keyOf = (number: number): string => `key ${number} ${"é".repeat(number % 40)}`;
export const valueOf = (number: number, name: string): string => `${name} wrote ${number} ${".".repeat((number * 7) % 300)}`;
