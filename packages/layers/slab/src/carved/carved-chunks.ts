/**
 * Chunks of 64 KiB, each cut whole into blocks of one power of two, which then live on one stack per class for ever
 * (Boehm's AO_malloc, libatomic_ops). No chunk changes its class; in return malloc is one pop and free is one push.
 *
 * A thread that dies before it has pushed a chunk it carved loses that chunk: no other thread is held up, and `walk`
 * reports it as lost.
 */
import { i32, PAGE_BYTES, PAGE_NOTE, pageNote, struct, type FreesOwn, type MappedSpans, type Root } from "@heapwright/core";
import { HEADER_BYTES } from "../stacked/block-header.js";
import type { Piece } from "../stacked/piece.js";
import { StackedBlocks, type StackMaker } from "../stacked/stacked-blocks.js";
import { carvedPlaces, carvedProgram, type FusedChunks } from "./carved-program.js";
import type { ChunkBudget } from "./chunk-budget.js";
import {
  blockIndex, blocksPerChunk, capacity, CLASS_COUNT, FIRST_PAYLOAD, LARGEST_REQUEST, log2For, SMALLEST_LOG2,
} from "./chunk-geometry.js";

export const CARVED_CLASS = struct("CarvedClass", {
  /** chunks carved into this class; atomic add after the blocks are on the stack */
  chunks: i32(),
}, { align: 128 });

const LAYER = "carved chunk";

/** Classes are powers of two: blocks of class c take 2^(c + 4) bytes. */
export class CarvedChunks extends StackedBlocks implements FreesOwn {
  protected readonly largestRequest = LARGEST_REQUEST;
  private readonly words: number;
  private readonly fused: FusedChunks | undefined;

  constructor(
    root: Root,
    spans: MappedSpans,
    private readonly budget: ChunkBudget,
    makeStack: StackMaker,
  ) {
    super(root, spans, CLASS_COUNT, makeStack, LAYER);
    this.words = root.claimStruct(CARVED_CLASS, CLASS_COUNT) >>> 2;
    const places = carvedPlaces(this.stacks, spans.map, this.memory.maximumBytes, this.owner);
    this.fused = places && this.memory.fused(carvedProgram(places));
  }

  override allocate(bytes: number): number {
    const address = this.fused === undefined ? 0 : this.fused.take(bytes) >>> 0;
    if (address === 0) return super.allocate(bytes);
    if (address >= this.memory.end) this.memory.reach(address);
    return address;
  }

  override free(address: number): void {
    if (!this.freeOwn(address)) super.free(address);
  }

  /** Whichever thread's they are, where the block starts at `address`: then one word before it says that it is live, and which. */
  freeOwn(address: number): boolean {
    if (this.fused !== undefined) return this.fused.give(address) !== 0;
    const sizeClass = this.classAt(address);
    if (sizeClass >= 0) this.stacks[sizeClass].push(address - HEADER_BYTES);
    return sizeClass >= 0;
  }

  protected classFor(bytes: number): number {
    return log2For(bytes) - SMALLEST_LOG2;
  }

  capacity(sizeClass: number): number {
    return capacity(sizeClass + SMALLEST_LOG2);
  }

  protected classIn(_address: number, note: number): number {
    return PAGE_NOTE.value.get(note);
  }

  protected startOf(address: number, sizeClass: number): number {
    const k = sizeClass + SMALLEST_LOG2;
    const offset = address % PAGE_BYTES;
    const index = blockIndex(offset, k);
    return index < 0 || index >= blocksPerChunk(k) ? 0 : address - offset + FIRST_PAYLOAD + (index << k);
  }

  /**
   * Cuts a chunk: keeps the first block and pushes the others as one chain. Two threads that find a stack empty both
   * carve, which is harmless.
   */
  protected cut(sizeClass: number): number {
    const stack = this.stacks[sizeClass];
    const chunk = this.budget.take();
    if (chunk === 0) return stack.pop();
    const k = sizeClass + SMALLEST_LOG2;
    const first = chunk + FIRST_PAYLOAD - HEADER_BYTES;
    const last = first + (blocksPerChunk(k) - 1) * (1 << k);
    const { i32 } = this.memory;
    for (let node = first; node < last; node += (1 << k)) i32[node >>> 2] = node + (1 << k);
    i32[last >>> 2] = 0;
    this.spans.map.setNote(chunk, pageNote(this.owner, sizeClass));
    if (first !== last) stack.pushChain(first + (1 << k), last);
    this.memory.add(this.chunksWord(sizeClass), 1);
    return first;
  }

  protected canCut(): boolean {
    return this.budget.canTake();
  }

  private chunksWord(sizeClass: number): number {
    return this.words + sizeClass * (CARVED_CLASS.bytes >>> 2) + CARVED_CLASS.chunks;
  }

  /** All chunks, by the page map. */
  pieces(visit: (piece: Piece) => void): void {
    const { map } = this.spans;
    const start = Math.ceil(this.root.end / PAGE_BYTES) * PAGE_BYTES;
    for (let chunk = start; chunk + PAGE_BYTES <= this.memory.end; chunk += PAGE_BYTES) {
      const note = map.noteAt(chunk);
      if (PAGE_NOTE.owner.get(note) !== this.owner) continue;
      const sizeClass = PAGE_NOTE.value.get(note);
      if (sizeClass < CLASS_COUNT) visit(pieceOf(chunk, sizeClass));
    }
  }

  metadataBytes(): number {
    let blocks = 0;
    for (let c = 0; c < CLASS_COUNT; c++) blocks += this.memory.load(this.chunksWord(c)) * blocksPerChunk(c + SMALLEST_LOG2);
    return blocks * HEADER_BYTES;
  }
}

function pieceOf(chunk: number, sizeClass: number): Piece {
  const k = sizeClass + SMALLEST_LOG2;
  const count = blocksPerChunk(k);
  const stride = capacity(k) + HEADER_BYTES;
  return { address: chunk, bytes: PAGE_BYTES, sizeClass, first: chunk + FIRST_PAYLOAD - HEADER_BYTES, stride, count, used: count };
}
