/** What walks and checks make of stacked blocks: which are live, on a stack, never used yet, or lost. All quiescent. */
import { HeapCorruptionError, type Memory, type Visit } from "@heapwright/core";
import type { Stack } from "@heapwright/freelist";
import { BLOCK_HEADER, HEADER_BYTES, liveHeader } from "./block-header.js";
import { FreeMarks } from "./free-marks.js";
import type { Piece } from "./piece.js";

const HEADER = BLOCK_HEADER;

/** Where the blocks lie that are looked at. */
export interface Inspected {
  capacity(sizeClass: number): number;
  pieces(visit: (piece: Piece) => void): void;
  isBlock(address: number, sizeClass: number): boolean;
}

export class StackInspection {
  constructor(
    private readonly memory: Memory,
    private readonly stacks: readonly Stack[],
    private readonly blocks: Inspected,
    private readonly layer: string,
  ) {}

  walk(visit: Visit): void {
    const free = this.onStacks();
    this.blocks.pieces((piece) => this.walkPiece(piece, free, visit));
  }

  private onStacks(): FreeMarks {
    const free = new FreeMarks();
    for (const stack of this.stacks) stack.nodes((node) => free.add(node));
    return free;
  }

  /** Live blocks one by one; neighbours that are free, or lost, as one region. */
  private walkPiece({ address, bytes, first, stride, count, used }: Piece, free: FreeMarks, visit: Visit): void {
    const { layer } = this;
    const end = first + count * stride;
    const unused = first + used * stride;
    const stateOf = (node: number): "live" | "free" | "lost" => {
      if (HEADER.live.get(this.memory.i32[node >>> 2]) === 1) return "live";
      return node >= unused || free.has(node) ? "free" : "lost";
    };
    if (first > address) visit({ address, bytes: first - address, state: "waste", layer, block: 0 });
    for (let node = first; node < end; ) {
      const state = stateOf(node);
      let next = node + stride;
      if (state === "live") {
        const distance = HEADER.distance.get(this.memory.i32[node >>> 2]) * 16;
        visit({ address: node, bytes: stride, state, layer, block: node + HEADER_BYTES + distance });
      } else {
        while (next < end && stateOf(next) === state) next += stride;
        visit({ address: node, bytes: next - node, state, layer, block: 0 });
      }
      node = next;
    }
    if (end < address + bytes) visit({ address: end, bytes: address + bytes - end, state: "waste", layer, block: 0 });
  }

  /** How many blocks of a piece have a live header. Racy, and so not only for the quiescent. */
  liveIn({ first, stride, count }: Piece): number {
    let live = 0;
    for (let i = 0, w = first >>> 2; i < count; i++, w += stride >>> 2) {
      if (HEADER.live.get(this.memory.racyLoad(w)) === 1) live++;
    }
    return live;
  }

  /** @throws HeapCorruptionError */
  check(): void {
    this.stacks.forEach((stack, sizeClass) => stack.nodes((node) => this.checkFree(node, sizeClass)));
    const free = this.onStacks();
    this.blocks.pieces(({ sizeClass, first, stride, count, used }) => {
      for (let i = 0; i < count; i++) {
        const node = first + i * stride;
        if (i < used) this.checkHeader(node, sizeClass);
        else this.checkUnused(node, free);
      }
    });
  }

  private checkFree(node: number, sizeClass: number): void {
    const payload = node + HEADER_BYTES;
    if (!this.blocks.isBlock(payload, sizeClass)) {
      throw new HeapCorruptionError(node, this.layer, `the stack of class ${sizeClass} holds what is no block of that class`);
    }
    const header = this.memory.i32[node >>> 2];
    if (HEADER.live.get(header) === 1) throw new HeapCorruptionError(node, this.layer, "a block on the stack has a live header");
  }

  private checkHeader(node: number, sizeClass: number): void {
    const header = this.memory.i32[node >>> 2];
    if (HEADER.live.get(header) !== 1) return;
    const distance = HEADER.distance.get(header) * 16;
    if (header !== liveHeader(sizeClass, distance) || distance >= this.blocks.capacity(sizeClass)) {
      throw new HeapCorruptionError(node, this.layer, `header 0x${(header >>> 0).toString(16)} of a block of class ${sizeClass}`);
    }
  }

  private checkUnused(node: number, free: FreeMarks): void {
    const header = this.memory.i32[node >>> 2];
    if (header !== 0) throw new HeapCorruptionError(node, this.layer, `header 0x${(header >>> 0).toString(16)} of a block that was never used`);
    if (free.has(node)) throw new HeapCorruptionError(node, this.layer, "a block that was never used is on a stack");
  }
}
