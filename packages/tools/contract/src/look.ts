/**
 * A look at a heap by `inspect`, each extent proved to make sense by itself. That much must be true at any moment, also while
 * other threads are in the middle of something.
 */
import type { Extent, Heap } from "@heapwright/core";
import { demand } from "./violation.js";

export interface Look {
  /** In ascending order. */
  readonly extents: readonly Extent[];
  /** Blocks that threads keep for themselves. */
  readonly cachedBlocks: number;
}

export function look(heap: Heap): Look {
  const extents: Extent[] = [];
  let cachedBlocks = 0;
  const served = heap.inspect({
    extent(extent) {
      proveSane(extent, heap.memory.maximumBytes);
      extents.push(extent);
    },
    cached({ layer, blocks, blockBytes }) {
      demand(Number.isSafeInteger(blocks) && blocks > 0 && blockBytes >= 0, () => `${blocks} blocks of ${blockBytes} bytes of ${layer} are said to be kept`);
      cachedBlocks += blocks;
    },
  });
  demand(Number.isSafeInteger(served) && served >= 0 && served <= heap.memory.maximumBytes, () => `a request of ${served} bytes is said to be served`);
  return { extents: extents.sort((a, b) => a.address - b.address), cachedBlocks };
}

function proveSane(extent: Extent, end: number): void {
  const { address, bytes, use, layer, liveBytes, freeBytes, largestFree, slackBytes } = extent;
  const numbers = Object.values(extent).filter((value) => typeof value !== "string");
  const countable = numbers.every((value) => Number.isSafeInteger(value) && value >= 0) && bytes > 0 && layer !== "";
  const sound = liveBytes + freeBytes <= bytes && largestFree <= freeBytes && slackBytes <= Math.max(liveBytes, bytes);
  demand(countable && sound && (use === "blocks" || liveBytes === 0) && address + bytes <= end, () => `no extent can be ${JSON.stringify(extent)}`);
}
