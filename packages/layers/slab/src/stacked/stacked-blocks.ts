/**
 * Blocks behind a one-word header, with one stack of free blocks per class: what the families have in common whose malloc
 * is one pop and whose free is one push. Nothing is coalesced and no block changes its class; the stack decides what is
 * promised about stopped threads. Where blocks lie, and where further ones come from, is each family's own.
 *
 * Who owns a block's header word: while the block is on a stack it is the stack's link, written by the thread that
 * pushes it; after the pop it is the popper's, who writes {@link BLOCK_HEADER} before handing the block out. A header
 * never looks like a link, so a plain read tells live from free, and a block freed twice, or an address inside a
 * block, is refused without an atomic. Only two threads that free the same block at the same moment are not noticed.
 *
 * A thread that dies between pop and header loses that block: no other thread is held up, and `walk` reports it as lost.
 */
import {
  extentOfBlocks, InvalidAddressError, PAGE_NOTE, weakest,
  type Allocator, type Blocks, type Classes, type Inspector, type MappedSpans, type Memory, type Progress, type Root, type Visit,
} from "@heapwright/core";
import type { Stack } from "@heapwright/freelist";
import { BLOCK_HEADER, HEADER_BYTES, liveHeader } from "./block-header.js";
import type { Piece } from "./piece.js";
import { StackInspection } from "./stack-inspection.js";
import { StackedBatches } from "./stacked-batches.js";

const HEADER = BLOCK_HEADER;

/** Makes the stack of one class, at the same place in every thread. */
export type StackMaker<S extends Stack = Stack> = (root: Root) => S;

export abstract class StackedBlocks<S extends Stack = Stack> implements Allocator, Classes {
  readonly progress: Progress;
  readonly count: number;
  protected readonly memory: Memory;
  protected readonly owner: number;
  protected readonly stacks: readonly S[];
  private readonly inspection: StackInspection;

  /**
   * @param count of classes
   * @param layer name of the family, for walks
   */
  constructor(
    protected readonly root: Root,
    protected readonly spans: MappedSpans,
    count: number,
    makeStack: StackMaker<S>,
    private readonly layer: string,
  ) {
    this.memory = root.memory;
    this.owner = spans.map.newOwner();
    this.count = count;
    this.stacks = Array.from({ length: count }, () => makeStack(root));
    this.progress = weakest(this.stacks[0].progress, spans.progress);
    this.inspection = new StackInspection(root.memory, this.stacks, this, layer);
  }

  /** Largest request in bytes. */
  protected abstract readonly largestRequest: number;
  /** The class that serves `bytes`, 0 to {@link largestRequest}. */
  protected abstract classFor(bytes: number): number;
  /** Bytes that the owner of a block of a class may use. */
  abstract capacity(sizeClass: number): number;
  /** The class of the blocks around `address`, which lies in a page of this family with that `note`. May be none at all if that was damaged. */
  protected abstract classIn(address: number, note: number): number;
  /** Payload of the block of that class that the byte at `address`, in a page of this family, falls into; 0 where there is none. */
  protected abstract startOf(address: number, sizeClass: number): number;
  /** Visits all pieces that hold blocks. */
  abstract pieces(visit: (piece: Piece) => void): void;
  /** The header's address of a block that is on no stack and in nobody's hands, now in the caller's; 0 when there is no memory. */
  protected abstract cut(sizeClass: number): number;
  /** Whether {@link cut} would find a block, if nobody else came first. Racy. */
  protected abstract canCut(sizeClass: number): boolean;

  allocate(bytes: number): number {
    return bytes > this.largestRequest ? 0 : this.allocateIn(this.classFor(bytes));
  }

  /** Over-allocates, and notes in the header how far in the owner's address lies. */
  allocateAligned(alignment: number, bytes: number): number {
    if (alignment <= 16) return this.allocate(bytes);
    // one byte at least, or the address of an empty block could lie behind its payload
    const room = Math.max(bytes, 1) + alignment - 16;
    // looked at here: the sum may be more than the 2^32 - 1 that may be asked for
    const payload = room > this.largestRequest ? 0 : this.allocate(room);
    const distance = (alignment - (payload % alignment)) % alignment;
    if (payload === 0 || distance === 0) return payload;
    const w = (payload - HEADER_BYTES) >>> 2;
    this.memory.i32[w] = liveHeader(HEADER.sizeClass.get(this.memory.i32[w]), distance);
    return payload + distance;
  }

  /** A block of exactly that class, or 0. */
  allocateIn(sizeClass: number): number {
    const node = this.stacks[sizeClass].pop() || this.cut(sizeClass);
    if (node === 0) return 0;
    if (node >= this.memory.end) this.memory.reach(node);
    this.memory.i32[node >>> 2] = liveHeader(sizeClass, 0);
    return node + HEADER_BYTES;
  }

  free(address: number): void {
    const note = this.spans.map.noteAt(address);
    const node = this.nodeOf(address, note);
    this.stacks[this.classIn(address, note)].push(node);
  }

  owns(address: number): boolean {
    return PAGE_NOTE.owner.get(this.spans.map.noteAt(address)) === this.owner;
  }

  usableSize(address: number): number {
    const node = this.nodeOf(address, this.spans.map.noteAt(address));
    const header = this.memory.i32[node >>> 2]; // not before nodeOf, which may have made new views
    return this.capacity(HEADER.sizeClass.get(header)) - HEADER.distance.get(header) * 16;
  }

  /** A block cannot change its size; it may stay when the new one has the same class. */
  resize(address: number, bytes: number): boolean {
    return bytes <= this.usableSize(address) && this.classFor(bytes) === this.classIn(address, this.spans.map.noteAt(address));
  }

  isZero(): boolean {
    return false;
  }

  /** Whether a block of that class, live or not, has its payload at `address`. */
  isBlock(address: number, sizeClass: number): boolean {
    const note = this.spans.map.noteAt(address);
    return PAGE_NOTE.owner.get(note) === this.owner && this.classIn(address, note) === sizeClass && this.startOf(address, sizeClass) === address;
  }

  classAt(address: number): number {
    const note = this.spans.map.noteAt(address);
    if (PAGE_NOTE.owner.get(note) !== this.owner) return -1;
    const sizeClass = this.classIn(address, note);
    if (this.startOf(address, sizeClass) !== address) return -1;
    return this.memory.racyLoad((address - HEADER_BYTES) >>> 2) === liveHeader(sizeClass, 0) ? sizeClass : -1;
  }

  blocksOf(sizeClass: number): Blocks {
    return new StackedBatches(this, this.stacks[sizeClass], this.memory, sizeClass);
  }

  /** Address of the header of the live block whose owner was given `address`, in a page with that `note`. @throws InvalidAddressError */
  nodeOf(address: number, note = this.spans.map.noteAt(address)): number {
    if (PAGE_NOTE.owner.get(note) !== this.owner) throw new InvalidAddressError(address, "its page holds no blocks");
    const payload = this.startOf(address, this.classIn(address, note));
    if (payload === 0) throw new InvalidAddressError(address, `it lies in a ${this.layer}, outside of its blocks`);
    if (address >= this.memory.end) this.memory.reach(address);
    const header = this.memory.racyLoad((payload - HEADER_BYTES) >>> 2);
    if (HEADER.live.get(header) !== 1) throw new InvalidAddressError(address, "the block there is free");
    if (address !== payload + HEADER.distance.get(header) * 16) {
      throw new InvalidAddressError(address, `it lies inside the block at ${payload}`);
    }
    return payload - HEADER_BYTES;
  }

  walk(visit: Visit): void {
    this.inspection.walk(visit);
  }

  inspect(to: Inspector): number {
    this.pieces((piece) => {
      const { sizeClass, stride, count } = piece;
      const shape = { blockBytes: this.capacity(sizeClass), stride, count, leastRequest: sizeClass === 0 ? 0 : this.capacity(sizeClass - 1) + 1 };
      to.extent(extentOfBlocks(this.layer, piece.address, piece.bytes, shape, this.inspection.liveIn(piece)));
    });
    for (let c = this.count - 1; c >= 0; c--) {
      if (!this.stacks[c].isEmpty() || this.canCut(c)) return this.capacity(c);
    }
    return 0;
  }

  /** Every block on a stack is a free block of that class; every live header names the class of its piece. */
  check(): void {
    this.inspection.check();
  }

  abstract metadataBytes(): number;

  reclaim(threadId: number): void {
    for (const stack of this.stacks) stack.reclaim(threadId);
  }

  leave(): void {
    // a thread holds nothing between two calls
  }
}
