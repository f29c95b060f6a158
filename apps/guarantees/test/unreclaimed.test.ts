// What a thread that died between two calls keeps from the others until somebody reclaims it: it allocates all the blocks
// there are and frees every other one; somebody else frees the rest, and asks for all of them before and after.
import type { Heap } from "@heapwright/core";
import { describe, expect, test } from "vitest";
import { SYSTEMS } from "../src/systems.js";

/** Whose threads have pages, or pools, of their own. */
const KEEPS_FOR_ITSELF = ["heapwright", "slist-pools, refilled, isolated, pools per thread"];

const MAXIMUM_BYTES = 2 ** 20;

/** Every block of so many bytes that there is. */
function blocksOf(heap: Heap, bytes: number): number[] {
  const blocks: number[] = [];
  for (let block = heap.malloc(bytes); block !== 0; block = heap.malloc(bytes)) blocks.push(block);
  return blocks;
}

function freeAll(heap: Heap, blocks: readonly number[]): number {
  blocks.forEach((block) => heap.free(block));
  return blocks.length;
}

describe.each(SYSTEMS.map((system) => [system.name, system] as const))("%s", (name, system) => {
  test("what a dead thread keeps from others until it is reclaimed", () => {
    const [bytes] = system.sizes.slice(-1);
    const witness = system.create(MAXIMUM_BYTES);
    const dead = system.preset.attach(witness.handle);
    const blocks = blocksOf(dead, bytes);
    freeAll(dead, blocks.filter((_, i) => i % 2 === 0));
    freeAll(witness, blocks.filter((_, i) => i % 2 === 1));
    const before = freeAll(witness, blocksOf(witness, bytes));
    expect(witness.reclaim(dead.threadId)).toBe(true);
    const after = freeAll(witness, blocksOf(witness, bytes));
    expect(after).toBeGreaterThan(0.9 * blocks.length);
    if (KEEPS_FOR_ITSELF.includes(name)) expect(before).toBeLessThan(after);
    else expect(before).toBe(after);
    witness.check();
  });
});
