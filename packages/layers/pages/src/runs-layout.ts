/** The words in front of the bits of a row of units; see {@link Runs}. */
import { i32, struct } from "@heapwright/core";

export const RUNS = struct("Runs", {
  /**
   * lowest word that may have a clear bit; a place to begin, nothing depends on it. Lowered by CAS after bits are cleared,
   * raised by CAS past words seen full
   */
  hint: i32(),
  /** how often bits were cleared; atomic add, after the bits */
  cleared: i32(),
}, { align: 128 });
