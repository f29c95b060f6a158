/**
 * From an address, any address, to the block that its owner means. The store's table says which superblock is there, and
 * the prefix before the address must agree with it: flag, descriptor and index, and the index must be that of a block
 * which starts exactly there. Bytes that users write cannot pass for that: the arithmetic leaves only true starts of
 * blocks, and those only the allocator writes. Plain reads all; no division, for the prefix holds the index.
 *
 * Not noticed: two threads that free one block at the same moment, and a prefix that a program has overwritten with
 * exactly the right words.
 */
import { InvalidAddressError, type Memory } from "@heapwright/core";
import { BLOCK_PLACE, FIRST_PREFIX, FLAGS, LIVE, MOVED, PREFIX_BYTES, SHADOW } from "./block-prefix.js";
import { DESCRIPTOR } from "./descriptor.js";
import type { SuperblockStore } from "./superblock-store.js";

const { superblock: SUPERBLOCK, blockBytes: BLOCK_BYTES, maxcount: MAXCOUNT } = DESCRIPTOR;
const INDEX = BLOCK_PLACE.index.maximum;
const PLACE = 1;

export class BlockFinder {
  constructor(
    private readonly memory: Memory,
    private readonly store: SuperblockStore,
  ) {}

  /**
   * Address of the own prefix of the allocated block whose user has `address`; its words are within the caller's views.
   * @throws InvalidAddressError
   */
  find(address: number): number {
    const { memory } = this;
    const descriptor = this.store.descriptorAt(address);
    if (descriptor === 0) throw new InvalidAddressError(address, "no superblock is there");
    if (descriptor + DESCRIPTOR.bytes > memory.end) memory.reach(descriptor + DESCRIPTOR.bytes - 1);
    if ((address & 15) !== 0) this.refuse(address, descriptor);
    const d = descriptor >>> 2;
    const w = (address - PREFIX_BYTES) >>> 2;
    const offset = address - (memory.i32[d + SUPERBLOCK] >>> 0);
    const index = memory.racyLoad(w + PLACE) & INDEX;
    const isBlock = index < memory.i32[d + MAXCOUNT] && index * memory.i32[d + BLOCK_BYTES] + FIRST_PREFIX + PREFIX_BYTES === offset;
    if (isBlock && memory.i32[w] === (descriptor | LIVE)) return address - PREFIX_BYTES;
    return this.findMoved(address, descriptor, index);
  }

  /** The block that a shadow before `address` belongs to, if the block's own prefix says the same. */
  private findMoved(address: number, descriptor: number, index: number): number {
    const { i32 } = this.memory;
    const d = descriptor >>> 2;
    const start = (i32[d + SUPERBLOCK] >>> 0) + FIRST_PREFIX + index * i32[d + BLOCK_BYTES];
    const distance = address - PREFIX_BYTES - start;
    const agrees =
      i32[(address - PREFIX_BYTES) >>> 2] === (descriptor | SHADOW) &&
      index < i32[d + MAXCOUNT] &&
      distance > 0 &&
      distance < i32[d + BLOCK_BYTES] &&
      i32[start >>> 2] === (descriptor | MOVED) &&
      i32[(start >>> 2) + PLACE] === movedPlace(index, distance);
    return agrees ? start : this.refuse(address, descriptor);
  }

  /** Class of the allocated block that starts at `address`, or -1; also -1 for a user's address further into its block. */
  classAt(address: number): number {
    try {
      const prefix = this.find(address);
      if (prefix + PREFIX_BYTES !== address) return -1;
      const { i32 } = this.memory; // not before find, which may have made new views
      return i32[((i32[prefix >>> 2] & ~FLAGS) >>> 2) + DESCRIPTOR.sizeClass];
    } catch (error) {
      if (error instanceof InvalidAddressError) return -1;
      throw error;
    }
  }

  private refuse(address: number, descriptor: number): never {
    const d = descriptor >>> 2;
    const offset = address - (this.memory.i32[d + SUPERBLOCK] >>> 0) - FIRST_PREFIX - PREFIX_BYTES;
    const blockBytes = this.memory.i32[d + BLOCK_BYTES];
    if (offset < 0 || offset >= blockBytes * this.memory.i32[d + MAXCOUNT]) {
      throw new InvalidAddressError(address, "it lies in a superblock, outside of its blocks");
    }
    const inside = offset % blockBytes;
    if (inside === 0) throw new InvalidAddressError(address, "the block there is free, or its address is another one");
    throw new InvalidAddressError(address, `it lies inside the block at ${address - inside}`);
  }

  /**
   * Moves the address of a block that the caller has just allocated further into it. The flags come last each: if the
   * thread dies in between, the block is a live one at its own start.
   * @param distance in bytes, a multiple of 16
   */
  move(address: number, distance: number): number {
    const { i32 } = this.memory;
    const own = (address - PREFIX_BYTES) >>> 2;
    const shadow = (address + distance - PREFIX_BYTES) >>> 2;
    i32[shadow + PLACE] = i32[own + PLACE];
    i32[shadow] = (i32[own] & ~LIVE) | SHADOW;
    i32[own + PLACE] = movedPlace(i32[own + PLACE], distance);
    i32[own] = (i32[own] & ~LIVE) | MOVED;
    return address + distance;
  }
}

function movedPlace(index: number, distance: number): number {
  return BLOCK_PLACE.distance.set(index, distance / 16);
}
