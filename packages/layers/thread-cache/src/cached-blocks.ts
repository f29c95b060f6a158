/**
 * The blocks that threads keep, seen from outside: for `walk` and `check`, for the proof that an address which looks
 * kept is kept, and for taking back what a dead thread kept. Lists of others are read without their knowledge, so nothing
 * found in them is believed without asking the layer below.
 */
import { HeapCorruptionError, type Classes, type Inspector, type Memory, type ThreadRegistry } from "@heapwright/core";
import { PRIVATE_LIST, PrivateList } from "@heapwright/freelist";
import { CACHE_ROW, CACHED_BLOCK, MARK, type CacheShape } from "./cache-layout.js";
import type { SlotRows } from "./slot-rows.js";

const LAYER = "thread-cache";

/** Blocks of one class that a thread kept. */
export interface KeptBlocks {
  readonly listed: readonly number[];
  readonly loose: readonly number[];
}

export class CachedBlocks {
  constructor(
    private readonly memory: Memory,
    private readonly rows: SlotRows,
    private readonly shape: CacheShape,
    private readonly source: Classes,
  ) {}

  /** All blocks on the lists of all threads. Quiescent. @throws HeapCorruptionError for what is no block, or comes twice */
  all(): Set<number> {
    const found = new Set<number>();
    this.rows.rowsDo((row) => {
      for (let c = 0; c < this.shape.blocks.length; c++) {
        this.list(row, c).nodes((block) => {
          if (found.has(block)) throw new HeapCorruptionError(block, LAYER, "it is kept twice");
          if (this.source.classAt(block) !== c) throw new HeapCorruptionError(block, LAYER, `no block of class ${c} is there to be kept`);
          found.add(block);
        });
      }
    });
    return found;
  }

  /**
   * Reports how many blocks each thread keeps, at any time: by the counts alone, so that no link is followed.
   * @param layers the names of the layers that have blocks of so many bytes
   */
  inspect(threads: ThreadRegistry, layers: ReadonlyMap<number, string>, to: Inspector): void {
    this.rows.rowsDo((row, slot) => {
      const threadId = threads.idIn(slot);
      this.shape.blockBytes.forEach((blockBytes, c) => {
        const count = this.memory.racyLoad(((row + this.shape.listOffset(c)) >>> 2) + PRIVATE_LIST.count);
        const blocks = Math.min(count, this.shape.limits[c]);
        if (blocks > 0) to.cached({ layer: layers.get(blockBytes) ?? LAYER, threadId, blockBytes, blocks });
      });
    });
  }

  /** Counts, batches and marks are as they are between two calls. Quiescent. @throws HeapCorruptionError */
  check(): void {
    const { i32 } = this.memory;
    this.rows.rowsDo((row, slot) => {
      for (let c = 0; c < this.shape.blocks.length; c++) this.checkList(row, c, slot);
      const batch = (row + this.shape.batchOffset) >>> 2;
      const idle = i32[(row >>> 2) + CACHE_ROW.giving] === 0 && i32.subarray(batch, batch + this.shape.batchWords).every((word) => word === 0);
      if (!idle) throw new HeapCorruptionError(row, LAYER, `slot ${slot} has a batch on its way; if its thread has died, reclaim it`);
    });
  }

  private checkList(row: number, c: number, slot: number): void {
    const list = this.list(row, c);
    let kept = 0;
    list.nodes((block) => {
      kept++;
      if (this.memory.i32[(block >>> 2) + CACHED_BLOCK.mark] !== (block ^ MARK)) throw new HeapCorruptionError(block, LAYER, "its mark was overwritten");
    });
    if (kept === list.count && kept <= this.shape.limits[c]) return;
    throw new HeapCorruptionError(row, LAYER, `slot ${slot} keeps ${kept} blocks of class ${c}, counts ${list.count} and may keep ${this.shape.limits[c]}; if its thread has died, reclaim it`);
  }

  private list(row: number, c: number): PrivateList {
    return new PrivateList(this.memory, row + this.shape.listOffset(c));
  }

  /**
   * Whether the block at `address` is on a list of class `c`. Racy for the lists of others: a block that moves meanwhile
   * may be missed; one that is live is not on any.
   */
  has(c: number, address: number): boolean {
    let found = false;
    this.rows.rowsDo((row) => {
      const w = (row + this.shape.listOffset(c)) >>> 2;
      let block = this.memory.racyLoad(w) >>> 0;
      for (let left = this.shape.limits[c]; left >= 0 && block !== 0 && !found; left--) {
        found = block === address;
        block = this.memory.racyLoad(block >>> 2) >>> 0;
      }
    });
    return found;
  }

  /**
   * What the row of a dead thread is certain to have kept. A batch that it was giving back is forgotten. Otherwise changes nothing,
   * so whoever gives back what is found, and dies, has left it to be found by the next.
   * @returns per class, the blocks on its list, in their order, and those that only the batch has
   */
  keptIn(row: number): KeptBlocks[] {
    const { i32 } = this.memory;
    const kept = this.shape.blocks.map((_, c) => ({ listed: this.listed(row, c), loose: new Set<number>() }));
    const batch = (row + this.shape.batchOffset) >>> 2;
    if (i32[(row >>> 2) + CACHE_ROW.giving] !== 0) {
      i32.fill(0, batch, batch + this.shape.batchWords);
      i32[(row >>> 2) + CACHE_ROW.giving] = 0;
    }
    for (const word of i32.slice(batch, batch + this.shape.batchWords)) {
      const c = word === 0 ? -1 : this.source.classAt(word >>> 0);
      if (c >= 0 && !kept[c].listed.has(word >>> 0)) kept[c].loose.add(word >>> 0);
    }
    return kept.map(({ listed, loose }) => ({ listed: [...listed], loose: [...loose] }));
  }

  private listed(row: number, c: number): Set<number> {
    const blocks = new Set<number>();
    let block = this.memory.i32[(row + this.shape.listOffset(c)) >>> 2] >>> 0;
    for (let left = this.shape.limits[c] + 1; left > 0 && block !== 0; left--) {
      if (this.source.classAt(block) !== c || blocks.has(block)) break;
      blocks.add(block);
      block = this.memory.racyLoad(block >>> 2) >>> 0;
    }
    return blocks;
  }
}
