/**
 * A second bookkeeping of one heap, by somebody who does not trust it: which blocks are out, how large each was asked
 * to be, and the stamp in it. Every block that comes is compared with all that are out; every block that goes must
 * hold what was written. The methods take the attachment to go through, since any thread may free what another made.
 */
import type { Heap } from "@heapwright/core";
import { liveBlocks } from "./census.js";
import { smearIn, stamp } from "./stamp.js";
import type { Abilities } from "./subject.js";
import { demand, demandEqual } from "./violation.js";

/** A block that is out. */
export interface Holding {
  readonly address: number;
  /** As asked for. */
  readonly size: number;
  /** As the heap says; stamped up to here. */
  readonly usable: number;
  readonly seed: number;
}

export class Ledger {
  readonly #held = new Map<number, Holding>();
  /** Addresses that are out, ascending. */
  readonly #order: number[] = [];
  #seed = 1;
  /** Bytes of the last block that was asked for in vain. */
  #refused = 0;

  constructor(private readonly abilities: Abilities) {}

  get count(): number {
    return this.#held.size;
  }

  /** The `index`th block by address, counted round and round. @throws ContractViolation when none is out */
  at(index: number): Holding {
    return this.held(this.#order[index % this.#order.length] ?? 0);
  }

  has(address: number): boolean {
    return this.#held.has(address);
  }

  all(): Holding[] {
    return [...this.#held.values()];
  }

  malloc(heap: Heap, size: number): number {
    return this.accept(heap, heap.malloc(size), size, this.abilities.alignment);
  }

  calloc(heap: Heap, count: number, size: number): number {
    const address = heap.calloc(count, size);
    const bytes = count * size;
    if (address !== 0) demandZero(heap, address, bytes);
    return this.accept(heap, address, bytes, this.abilities.alignment);
  }

  alignedAlloc(heap: Heap, alignment: number, size: number): number {
    const address = heap.alignedAlloc(alignment, size);
    return this.accept(heap, address, size, Math.max(alignment, this.abilities.alignment));
  }

  /** @returns the block's address now: where it was when the heap had no memory for another size, after proving it whole */
  realloc(heap: Heap, address: number, size: number): number {
    const old = this.held(address);
    this.verify(heap, address);
    const moved = heap.realloc(address, size);
    if (moved === 0) {
      this.verify(heap, address);
      return address;
    }
    this.strike(address);
    const kept = Math.min(old.size, size);
    const smear = smearIn(heap.memory, moved, old.usable, old.seed, kept);
    demand(smear < 0, () => `realloc(${address}, ${size}) of a block of ${old.size} bytes lost the byte at offset ${smear}`);
    return this.accept(heap, moved, size, this.abilities.alignment);
  }

  free(heap: Heap, address: number): void {
    this.verify(heap, address);
    this.strike(address);
    heap.free(address);
  }

  freeAll(heap: Heap): void {
    for (const address of [...this.#order]) this.free(heap, address);
  }

  /** Enters a block that a heap has given out: right place, right size, nobody else's, and stamped to its end. */
  accept(heap: Heap, address: number, size: number, alignment: number): number {
    if (address === 0) {
      this.#refused = size;
      return 0;
    }
    demand(Number.isInteger(address) && address > 0 && address < 2 ** 32, () => `${address} is not an address`);
    demand(address % alignment === 0, () => `the block of ${size} bytes at ${address} is not aligned to ${alignment}`);
    const usable = heap.usableSize(address);
    demand(usable >= size, () => `usableSize(${address}) is ${usable}, though ${size} bytes were asked for`);
    demand(address >= heap.memory.base, () => `the block at ${address} lies below the heap's base ${heap.memory.base}`);
    const end = address + Math.max(usable, 1);
    demand(heap.memory.reach(end - 1), () => `the block of ${usable} bytes at ${address} ends behind the buffer`);
    this.enter({ address, size, usable, seed: this.#seed++ });
    stamp(heap.memory, address, usable, this.#seed - 1);
    return address;
  }

  /** A case goes on with blocks that a sound heap has given it: a heap too poor for that, which gave 0, fails here. */
  private held(address: number): Holding {
    const block = this.#held.get(address);
    demand(block !== undefined, () => (address === 0 ? `no block of ${this.#refused} bytes` : `no block at ${address} is out`));
    return block;
  }

  private enter(block: Holding): void {
    const { address, usable } = block;
    const index = this.indexOf(address);
    const before = this.#held.get(this.#order[index - 1]);
    const behind = this.#held.get(this.#order[index]);
    for (const other of [before, behind]) {
      const apart = other === undefined || address + Math.max(usable, 1) <= other.address || other.address + Math.max(other.usable, 1) <= address;
      demand(apart, () => `the block of ${usable} bytes at ${address} overlaps that of ${other!.usable} bytes at ${other!.address}`);
    }
    this.#order.splice(index, 0, address);
    this.#held.set(address, block);
  }

  /** Forgets a block without freeing it. */
  strike(address: number): void {
    this.#held.delete(address);
    this.#order.splice(this.indexOf(address), 1);
  }

  /** Index of the first address that is not below `address`. */
  private indexOf(address: number): number {
    let low = 0;
    let high = this.#order.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#order[middle] < address) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Proves that a block holds what was written and is as large as it was. */
  verify(heap: Heap, address: number): void {
    const { usable, seed, size } = this.held(address);
    const smear = smearIn(heap.memory, address, usable, seed);
    demand(smear < 0, () => `the block of ${size} bytes at ${address} was overwritten at offset ${smear}`);
    demandEqual(heap.usableSize(address), usable, `usableSize(${address}) changed while the block was out`);
  }

  /** Proves all blocks whole, the heap sound, and that its walk lists exactly these blocks. */
  prove(heap: Heap): void {
    for (const address of this.#order) this.verify(heap, address);
    heap.check();
    const live = liveBlocks(heap);
    const wrong = live.findIndex((address, i) => address !== this.#order[i]);
    if (wrong >= 0 || live.length !== this.#order.length) {
      const missing = this.#order.find((address) => !live.includes(address));
      const extra = live.find((address) => !this.#held.has(address));
      demand(false, `walk lists ${live.length} live blocks, ${this.#order.length} are out; not listed: ${missing}, listed but not out: ${extra}`);
    }
  }
}

/** Proves that `bytes` bytes at `address` are zero, so far as this thread and the buffer reach. */
export function demandZero(heap: Heap, address: number, bytes: number): void {
  if (bytes === 0) return;
  demand(heap.memory.reach(address + bytes - 1), () => `the block of ${bytes} bytes at ${address} ends behind the buffer`);
  const { u8, i32 } = heap.memory;
  let at = address;
  while (at < address + bytes && (at & 3) !== 0 && u8[at] === 0) at++;
  while (at + 4 <= address + bytes && (at & 3) === 0 && i32[at >>> 2] === 0) at += 4;
  while (at < address + bytes && u8[at] === 0) at++;
  demand(at === address + bytes, () => `the zeroed block of ${bytes} bytes at ${address} holds ${u8[at]} at offset ${at - address}`);
}
