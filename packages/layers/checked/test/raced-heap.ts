/** The heap that two workers free the same blocks of. */
import type { HeapHandle } from "@heapwright/core";
import { michael } from "@heapwright/michael";
import { checked } from "../src/index.js";

export const racedHeap = checked(michael, { quarantineBlocks: 4, sites: "off" });

export interface RaceJob {
  readonly handle: HeapHandle;
  readonly blocks: readonly number[];
  /** A word a block: how many threads stand before it. */
  readonly gate: SharedArrayBuffer;
  /** A word a block: in the byte of each contestant 1 when it freed the block, 2 when it was told of a double free. */
  readonly outcomes: SharedArrayBuffer;
  readonly contestant: 0 | 1;
}
