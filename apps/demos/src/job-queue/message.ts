/**
 * Messages of any length as blocks: the producer allocates and writes one, the consumer reads and frees it. All words
 * are plain, because a message has one owner at a time and the queue hands it on.
 */
import { i32, struct, type Heap } from "@heapwright/core";
import { allocate } from "../allocate.js";

const MESSAGE = struct("Message", {
  /** bytes of the body, which lies behind these words */
  length: i32(),
  /** who wrote it */
  producer: i32(),
  /** which of his it is */
  number: i32(),
  /** of all bytes of the body */
  sum: i32(),
});

export interface Message {
  readonly producer: number;
  readonly number: number;
  readonly length: number;
}

/** @returns the address of a block, which whoever receives it frees */
export function writeMessage(heap: Heap, { producer, number, length }: Message): number {
  const address = allocate(heap, MESSAGE.bytes + length);
  const { u8, u32 } = heap.memory; // good until the next call that may grow the heap
  const body = address + MESSAGE.bytes;
  let sum = 0;
  for (let i = 0; i < length; i++) sum += u8[body + i] = (producer * 31 + number * 7 + i) & 255;
  const w = address >>> 2;
  u32[w + MESSAGE.length] = length;
  u32[w + MESSAGE.producer] = producer;
  u32[w + MESSAGE.number] = number;
  u32[w + MESSAGE.sum] = sum;
  return address;
}

/** Reads a message, proves it, and frees it. @throws Error when it is not as it was written */
export function receiveMessage(heap: Heap, address: number): Message {
  const { memory } = heap;
  memory.reach(address); // it may be in memory that the producer has grown
  const w = address >>> 2;
  const length = memory.u32[w + MESSAGE.length];
  const body = address + MESSAGE.bytes;
  memory.reach(body + length - 1);
  const { u8, u32 } = memory;
  let sum = 0;
  for (let i = 0; i < length; i++) sum += u8[body + i];
  const message = { length, producer: u32[w + MESSAGE.producer], number: u32[w + MESSAGE.number] };
  if (sum !== u32[w + MESSAGE.sum]) throw new Error(`message ${message.number} of producer ${message.producer} is not as it was written`);
  heap.free(address); // nothing of it is read after this
  return message;
}
