/**
 * What the workers of this demo are told, and what they answer.
 */
import type { HeapHandle } from "@heapwright/core";

export interface Job {
  readonly heap: HeapHandle;
  /** Address of the queue. */
  readonly queue: number;
  /** A producer has a number and so many messages to send; a consumer goes on until it takes {@link STOP}. */
  readonly role: { readonly producer: number; readonly messages: number } | "consumer";
}

/** What a producer has sent, or a consumer has received. */
export interface Tally {
  readonly messages: number;
  readonly bytes: number;
}

/** Told a consumer that nothing more will come. No message has this address: blocks lie at multiples of 16. */
export const STOP = 1;
