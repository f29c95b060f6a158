/** The stacks that threads tests run, by names that can be sent to a worker. All have their words at {@link HEAD}. */
import type { Memory } from "@heapwright/core";
import { BoehmStack, CountedStack, TaggedStack, type Stack } from "@heapwright/freelist";

export const HEAD = 128;
/** Workers count here that they have started. */
export const STARTED = 64;
/** Address of node i; its number, i, stands in its second word. */
export const nodeAt = (i: number): number => 4096 + i * 16;

export type StackName = "tagged" | "counted" | "boehm" | "wide boehm";

export function makeStack(name: StackName, memory: Memory, threadId: number): Stack {
  switch (name) {
    case "tagged":
      return new TaggedStack(memory, HEAD);
    case "counted":
      return new CountedStack(memory, HEAD);
    case "boehm":
      return new BoehmStack(memory, HEAD, threadId);
    case "wide boehm":
      return new BoehmStack(memory, HEAD, threadId, { slots: 4, nodeAlignment: 16 });
  }
}
