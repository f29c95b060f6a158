/**
 * Chunks of 64 KiB, each cut whole into blocks of one power of two, which then live on one stack per class for ever
 * (Boehm's AO_malloc, libatomic_ops). Nothing is coalesced and no chunk changes its class; in return malloc is one
 * pop and free is one push, and the stack decides what is promised about stopped threads.
 *
 * Who owns a block's header word: while the block is on a stack it is the stack's link, written by the thread that
 * pushes it; after the pop it is the popper's, who writes {@link BLOCK_HEADER} before handing the block out. A header
 * never looks like a link, so a plain read tells live from free, and a block freed twice, or an address inside a
 * block, is refused without an atomic. Only two threads that free the same block at the same moment are not noticed.
 *
 * A thread that dies between pop and header, or before it has pushed a chunk it carved, loses that block or chunk: no
 * other thread is held up, and `walk` reports it as lost.
 */
import {
  extentOfBlocks, HeapCorruptionError, i32, InvalidAddressError, PAGE_BYTES, PAGE_NOTE, pageNote, struct,
  type Allocator, type Blocks, type Classes, type Inspector, type MappedSpans, type Memory, type Progress, type Root, type Visit,
} from "@heapwright/core";
import type { Stack } from "@heapwright/freelist";
import { BlocksOfSize } from "../blocks-of-size.js";
import type { ChunkBudget } from "./chunk-budget.js";
import { FreeMarks } from "./free-marks.js";
import {
  BLOCK_HEADER, blockIndex, blocksPerChunk, capacity, CLASS_COUNT, FIRST_PAYLOAD, HEADER_BYTES,
  LARGEST_LOG2, LARGEST_REQUEST, liveHeader, log2For, shapeOf, SMALLEST_LOG2,
} from "./chunk-geometry.js";

export const CARVED_CLASS = struct("CarvedClass", {
  chunks: i32("chunks carved into this class; atomic add after the blocks are on the stack"),
}, { align: 128 });

const HEADER = BLOCK_HEADER;
const LAYER = "carved chunk";

/** Makes the stack of one class, at the same place in every thread. */
export type StackMaker = (root: Root) => Stack;

export class CarvedChunks implements Allocator, Classes {
  readonly progress: Progress;
  readonly count = CLASS_COUNT;
  private readonly memory: Memory;
  private readonly stacks: Stack[] = [];
  private readonly classWords: number[] = [];
  private readonly owner: number;

  constructor(
    private readonly root: Root,
    private readonly spans: MappedSpans,
    private readonly budget: ChunkBudget,
    makeStack: StackMaker,
  ) {
    this.memory = root.memory;
    this.owner = spans.map.newOwner();
    for (let k = SMALLEST_LOG2; k <= LARGEST_LOG2; k++) {
      this.stacks.push(makeStack(root));
      this.classWords.push(root.claimStruct(CARVED_CLASS) >>> 2);
    }
    this.progress = this.stacks[0].progress;
  }

  allocate(bytes: number): number {
    return bytes > LARGEST_REQUEST ? 0 : this.allocateIn(log2For(bytes));
  }

  /** Over-allocates, and notes in the header how far in the owner's address lies. */
  allocateAligned(alignment: number, bytes: number): number {
    if (alignment <= 16) return this.allocate(bytes);
    // one byte at least, or the address of an empty block could lie behind its chunk
    const room = Math.max(bytes, 1) + alignment - 16;
    if (room > LARGEST_REQUEST) return 0;
    const k = log2For(room);
    const payload = this.allocateIn(k);
    const distance = (alignment - (payload % alignment)) % alignment;
    if (payload === 0 || distance === 0) return payload;
    this.memory.i32[(payload - HEADER_BYTES) >>> 2] = liveHeader(k, distance);
    return payload + distance;
  }

  private allocateIn(k: number): number {
    const node = this.stacks[k - SMALLEST_LOG2].pop() || this.carve(k);
    if (node === 0) return 0;
    if (node >= this.memory.end) this.memory.reach(node);
    this.memory.i32[node >>> 2] = liveHeader(k, 0);
    return node + HEADER_BYTES;
  }

  /**
   * Cuts a chunk: keeps the first block and pushes the others as one chain. Two threads that find a stack empty both
   * carve, which is harmless.
   * @returns a block of class k, or 0 when there is no chunk and nobody has pushed meanwhile
   */
  private carve(k: number): number {
    const stack = this.stacks[k - SMALLEST_LOG2];
    const chunk = this.budget.take();
    if (chunk === 0) return stack.pop();
    const first = chunk + FIRST_PAYLOAD - HEADER_BYTES;
    const last = first + (blocksPerChunk(k) - 1) * (1 << k);
    const { i32 } = this.memory;
    for (let node = first; node < last; node += (1 << k)) i32[node >>> 2] = node + (1 << k);
    i32[last >>> 2] = 0;
    this.spans.map.setNote(chunk, pageNote(this.owner, k));
    if (first !== last) stack.pushChain(first + (1 << k), last);
    this.memory.add(this.classWords[k - SMALLEST_LOG2] + CARVED_CLASS.chunks, 1);
    return first;
  }

  free(address: number): void {
    const note = this.spans.map.noteAt(address);
    const node = this.nodeOf(address, note);
    this.stacks[PAGE_NOTE.value.get(note) - SMALLEST_LOG2].push(node);
  }

  owns(address: number): boolean {
    return PAGE_NOTE.owner.get(this.spans.map.noteAt(address)) === this.owner;
  }

  usableSize(address: number): number {
    const node = this.nodeOf(address, this.spans.map.noteAt(address));
    const header = this.memory.i32[node >>> 2]; // not before nodeOf, which may have made new views
    return capacity(HEADER.log2.get(header)) - HEADER.distance.get(header) * 16;
  }

  /** A block cannot change its size; it may stay when the new one has the same class. */
  resize(address: number, bytes: number): boolean {
    const usable = this.usableSize(address);
    const k = PAGE_NOTE.value.get(this.spans.map.noteAt(address));
    return bytes <= usable && log2For(bytes) === k;
  }

  isZero(): boolean {
    return false;
  }

  classAt(address: number): number {
    const k = this.owns(address) ? PAGE_NOTE.value.get(this.spans.map.noteAt(address)) : 0;
    if (k === 0 || this.startOf(address, k) !== address) return -1;
    return this.memory.racyLoad((address - HEADER_BYTES) >>> 2) === liveHeader(k, 0) ? k - SMALLEST_LOG2 : -1;
  }

  blocksOf(sizeClass: number): Blocks {
    return new BlocksOfSize(this, this.memory, capacity(sizeClass + SMALLEST_LOG2));
  }

  /** Payload of the block of class k that the byte at `address` falls into, or 0 where there is none. */
  private startOf(address: number, k: number): number {
    const offset = address % PAGE_BYTES;
    const index = blockIndex(offset, k);
    return index < 0 || index >= blocksPerChunk(k) ? 0 : address - offset + FIRST_PAYLOAD + (index << k);
  }

  /** The node of the live block whose owner was given `address`, in a page with that `note`. @throws InvalidAddressError */
  private nodeOf(address: number, note: number): number {
    if (PAGE_NOTE.owner.get(note) !== this.owner) throw new InvalidAddressError(address, "its page holds no blocks");
    const payload = this.startOf(address, PAGE_NOTE.value.get(note));
    if (payload === 0) throw new InvalidAddressError(address, "it lies in a chunk, outside of its blocks");
    if (address >= this.memory.end) this.memory.reach(address);
    const header = this.memory.racyLoad((payload - HEADER_BYTES) >>> 2);
    if (HEADER.live.get(header) !== 1) throw new InvalidAddressError(address, "the block there is free");
    if (address !== payload + HEADER.distance.get(header) * 16) {
      throw new InvalidAddressError(address, `it lies inside the block at ${payload}`);
    }
    return payload - HEADER_BYTES;
  }

  inspect(to: Inspector): number {
    this.chunks((chunk, k) => {
      if (k >= SMALLEST_LOG2 && k <= LARGEST_LOG2) to.extent(extentOfBlocks(LAYER, chunk, PAGE_BYTES, shapeOf(k), this.liveIn(chunk, k)));
    });
    if (this.budget.canTake()) return LARGEST_REQUEST;
    const k = this.stacks.findLastIndex((stack) => !stack.isEmpty());
    return k < 0 ? 0 : capacity(k + SMALLEST_LOG2);
  }

  /** Blocks with a live header. Racy. */
  private liveIn(chunk: number, k: number): number {
    const first = (chunk + FIRST_PAYLOAD - HEADER_BYTES) >>> 2;
    const end = first + (blocksPerChunk(k) << (k - 2));
    let live = 0;
    for (let w = first; w < end; w += 1 << (k - 2)) {
      if (HEADER.live.get(this.memory.racyLoad(w)) === 1) live++;
    }
    return live;
  }

  walk(visit: Visit): void {
    const free = new FreeMarks();
    for (const stack of this.stacks) stack.nodes((node) => free.add(node));
    this.chunks((chunk, k) => this.walkChunk(chunk, k, free, visit));
  }

  /** Live blocks one by one; neighbours that are free, or lost, as one region. */
  private walkChunk(chunk: number, k: number, free: FreeMarks, visit: Visit): void {
    const layer = LAYER;
    const first = chunk + FIRST_PAYLOAD - HEADER_BYTES;
    const bytes = capacity(k) + HEADER_BYTES;
    const end = first + blocksPerChunk(k) * bytes;
    const stateOf = (node: number): "live" | "free" | "lost" => {
      if (HEADER.live.get(this.memory.i32[node >>> 2]) === 1) return "live";
      return free.has(node) ? "free" : "lost";
    };
    visit({ address: chunk, bytes: first - chunk, state: "waste", layer, block: 0 });
    for (let node = first; node < end; ) {
      const state = stateOf(node);
      let next = node + bytes;
      if (state === "live") {
        const distance = HEADER.distance.get(this.memory.i32[node >>> 2]) * 16;
        visit({ address: node, bytes, state, layer, block: node + HEADER_BYTES + distance });
      } else {
        while (next < end && stateOf(next) === state) next += bytes;
        visit({ address: node, bytes: next - node, state, layer, block: 0 });
      }
      node = next;
    }
    if (end < chunk + PAGE_BYTES) visit({ address: end, bytes: chunk + PAGE_BYTES - end, state: "waste", layer, block: 0 });
  }

  /** Every block on a stack is a free block of that class; every live header names the class of its chunk. */
  check(): void {
    this.stacks.forEach((stack, index) => stack.nodes((node) => this.checkFree(node, index + SMALLEST_LOG2)));
    this.chunks((chunk, k) => {
      if (k < SMALLEST_LOG2 || k > LARGEST_LOG2) throw new HeapCorruptionError(chunk, LAYER, `class ${k} in the page map`);
      for (let i = 0; i < blocksPerChunk(k); i++) this.checkHeader(chunk + FIRST_PAYLOAD - HEADER_BYTES + (i << k), k);
    });
  }

  private checkHeader(node: number, k: number): void {
    const header = this.memory.i32[node >>> 2];
    if (HEADER.live.get(header) !== 1) return;
    const distance = HEADER.distance.get(header) * 16;
    if (header !== liveHeader(k, distance) || distance >= capacity(k)) {
      throw new HeapCorruptionError(node, LAYER, `header 0x${(header >>> 0).toString(16)} in a chunk of class ${k}`);
    }
  }

  private checkFree(node: number, k: number): void {
    const payload = node + HEADER_BYTES;
    if (!this.owns(payload) || PAGE_NOTE.value.get(this.spans.map.noteAt(payload)) !== k || this.startOf(payload, k) !== payload) {
      throw new HeapCorruptionError(node, LAYER, `the stack of class ${k} holds what is no block of that class`);
    }
    const header = this.memory.i32[node >>> 2];
    if (HEADER.live.get(header) === 1) throw new HeapCorruptionError(node, LAYER, "a block on the stack has a live header");
  }

  /** All chunks, by the page map. */
  private chunks(visit: (chunk: number, k: number) => void): void {
    const { map } = this.spans;
    const start = Math.ceil(this.root.end / PAGE_BYTES) * PAGE_BYTES;
    for (let chunk = start; chunk + PAGE_BYTES <= this.memory.end; chunk += PAGE_BYTES) {
      const note = map.noteAt(chunk);
      if (PAGE_NOTE.owner.get(note) === this.owner) visit(chunk, PAGE_NOTE.value.get(note));
    }
  }

  metadataBytes(): number {
    return this.classWords.reduce((sum, w, index) => {
      return sum + this.memory.load(w + CARVED_CLASS.chunks) * blocksPerChunk(index + SMALLEST_LOG2) * HEADER_BYTES;
    }, 0);
  }

  reclaim(threadId: number): void {
    for (const stack of this.stacks) stack.reclaim(threadId);
  }

  leave(): void {
    // a thread holds nothing between two calls
  }
}
