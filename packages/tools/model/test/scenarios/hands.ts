/** What threads do to slabs: allocate, write to what they got, and free, each an operation that the specification knows. */
import type { Allocator } from "@heapwright/core";
import type { Actor, HeapThread } from "@heapwright/model";
import type { Pages } from "@heapwright/pages";

export interface OnPages<Slabs extends Allocator> {
  readonly pages: Pages;
  readonly slabs: Slabs;
}

export type SlabThread<Slabs extends Allocator> = HeapThread<OnPages<Slabs>>;

/** What a thread has done to blocks, once it is over. */
export interface Dealings {
  readonly allocated: readonly number[];
  readonly freed: readonly number[];
}

/** A thread's way to the slabs. */
export class Hands<Slabs extends Allocator> implements Dealings {
  readonly allocated: number[] = [];
  readonly freed: number[] = [];

  constructor(
    readonly thread: SlabThread<Slabs>,
    private readonly actor: Actor,
    /** By thread, blocks that were allocated before it began; the observer's are the last. */
    readonly given: readonly (readonly number[])[],
  ) {}

  get slabs(): Slabs {
    return this.thread.layers.slabs;
  }

  /** A block that is written to, or 0. */
  allocate(bytes: number): number {
    const address = this.actor.perform("allocate", bytes, () => this.slabs.allocate(bytes));
    if (address === 0) return 0;
    this.allocated.push(address);
    this.thread.memory.i32[address >>> 2] = this.actor.index + 1;
    return address;
  }

  /** @throws Error when a block of this thread's is no longer as it was left */
  free(address: number): void {
    if (address === 0) return;
    const { memory } = this.thread;
    if (this.allocated.includes(address) && memory.i32[address >>> 2] !== this.actor.index + 1) throw new Error(`somebody wrote to the block at ${address}`);
    this.freed.push(address);
    this.actor.perform("free", address, () => this.slabs.free(address));
  }
}

export type Act<Slabs extends Allocator> = (hands: Hands<Slabs>) => void;

export const nothing: Act<Allocator> = () => {};
export const take = (bytes: number): Act<Allocator> => (hands) => void hands.allocate(bytes);
export const turn = (bytes: number): Act<Allocator> => (hands) => hands.free(hands.allocate(bytes));
/** Frees what it takes in the order in which it was taken. */
export const takeMany = (count: number, bytes: number): Act<Allocator> => (hands) => {
  const all = Array.from({ length: count }, () => hands.allocate(bytes));
  all.forEach((one) => hands.free(one));
};
/** Frees one of the blocks that are there when the threads begin. */
export const release = (i: number): Act<Allocator> => (hands) => hands.free(hands.given.flat()[i]);
/** One after the other. */
export const both = <Slabs extends Allocator>(...acts: readonly Act<Slabs>[]): Act<Slabs> => (hands) => acts.forEach((act) => act(hands));
