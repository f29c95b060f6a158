/**
 * The descriptor of a superblock. It lies outside of it, aligned to 64 bytes, so that an Active word can hold its address
 * and, in the six low bits that are zero, the credits (Michael 2004, figure 3).
 *
 * All words but the anchor are written by the thread that has the descriptor in hand and nobody else can find it: when it
 * makes a superblock, before the compare-and-swap that publishes it. They stay as they are as long as any block is
 * allocated or reserved. The heap is the exception, see there.
 */
import { i32, pair, struct } from "@heapwright/core";

export const DESCRIPTOR = struct("Descriptor", {
  /** first free block, count, state and tag; cas2 by any thread. See Anchor */
  anchor: pair(),
  /** link of the stack of free descriptors, while the descriptor is on it */
  next: i32(),
  /** address of the superblock */
  superblock: i32(),
  /** size of its blocks, their prefix included */
  blockBytes: i32(),
  /** blocks in it, 2 to 1023; also the index that ends the chain of free blocks */
  maxcount: i32(),
  /** its size class; a descriptor in any list of a class has that class */
  sizeClass: i32(),
  /** address of the processor heap it works for; stored anew by each thread that takes it from a partial list, while others free */
  heap: i32(),
}, { align: 64, bytes: 64 });

/** Bits of an Active word that count credits. n means that n + 1 blocks are reserved for whoever takes them. */
export const CREDITS = 63;
/** Blocks that one Active word can reserve (MAXCREDITS). */
export const MOST_CREDITS = 64;
