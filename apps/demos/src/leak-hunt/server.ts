/**
 * A little server, whose heap is checked. It is told to make, or not to make, the mistake that programs make most: to
 * forget a block on the way out that is taken once in a hundred times.
 */
import { checked } from "@heapwright/checked";
import type { Heap } from "@heapwright/core";
import { heapwright } from "heapwright";
import { allocate } from "../allocate.js";

/** Any preset can be checked; create and attach by the same expression in all threads. */
export const checkedHeapwright = checked(heapwright);

export type Habit = "forgetful" | "careful";

/** Answers a request. @returns whether it was one that can be answered */
export function answer(heap: Heap, request: number, habit: Habit): boolean {
  const input = parse(heap, request);
  if (request % 100 === 0) {
    if (habit === "careful") heap.free(input);
    return false;
  }
  const output = render(heap, input);
  heap.free(input);
  heap.free(output);
  return true;
}

function parse(heap: Heap, request: number): number {
  const bytes = 40 + (request % 60);
  const input = allocate(heap, bytes);
  heap.memory.fill(input, bytes, request & 255);
  return input;
}

function render(heap: Heap, input: number): number {
  const bytes = heap.usableSize(input);
  const output = allocate(heap, 3 * bytes);
  for (let copy = 0; copy < 3; copy++) heap.memory.copy(output + copy * bytes, input, bytes);
  return output;
}
