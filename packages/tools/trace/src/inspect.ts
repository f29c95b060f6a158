/**
 * Looks at a heap at a moment when nobody uses it, and compares what it says of itself with what the replay knows: its own
 * check must pass, and its walk must show each live block once and no other.
 */
import type { Heap } from "@heapwright/core";
import { ReplayFailureError } from "./replay-failure.js";

/** @param expected addresses of all live blocks; it is emptied @throws ReplayFailureError `check` or `accounting` */
export function inspect(heap: Heap, expected: Set<number>): void {
  try {
    heap.check();
  } catch (error) {
    throw new ReplayFailureError("check", error instanceof Error ? error.message : String(error));
  }
  let strangers = 0;
  let stranger = 0;
  heap.walk((region) => {
    if (region.state !== "live" || expected.delete(region.block)) return;
    strangers += 1;
    stranger = region.block;
  });
  if (strangers > 0) {
    throw new ReplayFailureError("accounting", `${strangers} blocks are live though freed, such as 0x${stranger.toString(16)}`);
  }
  for (const address of expected) {
    throw new ReplayFailureError("accounting", `${expected.size} live blocks are not shown by walk(), such as 0x${address.toString(16)}`);
  }
}
