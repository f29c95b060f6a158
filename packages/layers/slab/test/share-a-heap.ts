/** Two threads that reach the same words in different ways, and free each other's blocks. */
import type { Allocator } from "@heapwright/core";
import { expect } from "vitest";

/** Every block is handed out once, and all are freed in the end. */
export function shareAHeap(first: Allocator, second: Allocator): void {
  const held: number[] = [];
  for (let i = 0; i < 20_000; i++) {
    const [mine, yours] = i % 2 === 0 ? [first, second] : [second, first];
    held.push(mine.allocate(i % 700));
    if (held.length > 500) yours.free(held.splice((i * 31) % 500, 1)[0]);
  }
  expect(new Set(held).size).toBe(held.length);
  for (const address of held) first.free(address);
}
