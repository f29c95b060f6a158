/**
 * Pages of threads as an {@link Inspector} sees them, while their owners allocate and free: found by the page map, each run
 * of units an extent, counted by its live bits. Blocks that others have freed and the owner has not collected are live
 * here, and told apart as kept.
 */
import { countOnes, extentOfBlocks, plainExtent, type Extent, type Inspector, type Memory } from "@heapwright/core";
import type { PageOwnership } from "./page-ownership.js";
import { runsOf, type Run } from "./page-runs.js";
import { FREE_UNIT, LARGEST_SLAB_BLOCK, LAYER, liveWord, THREAD_WORDS, UNIT_BIT_WORDS, UNIT_BYTES, WHOLE_UNITS } from "./private-layout.js";
import type { RemoteFrees } from "./remote-frees.js";
import type { SlabShapes } from "./slab-shapes.js";
import type { ThreadRow } from "./thread-row.js";

export class PrivateExtents {
  constructor(
    private readonly memory: Memory,
    private readonly shapes: SlabShapes,
    private readonly row: ThreadRow,
    private readonly ownership: PageOwnership,
    private readonly remote: RemoteFrees,
    /** 0 where no live block begins */
    private readonly bytesOf: (block: number) => number,
  ) {}

  /**
   * A thread without a row has no pages, and settles in a free unit of one that was left behind, which may be the last of any run.
   * @returns the largest request that would be served to this thread from what is here; maybe less where it has no row
   */
  inspect(to: Inspector): number {
    let largest = 0;
    let { exists: settles } = this.row;
    const lost = settles ? 0 : UNIT_BYTES;
    this.ownership.pagesDo((page) => {
      const extents = this.extentsOf(page);
      extents.forEach((extent) => to.extent(extent));
      this.reportKept(to, 0, (visit) => this.remote.pendingIn(page, visit));
      if (!this.ownership.isMine(page) && !this.ownership.isAbandoned(page)) return;
      for (const extent of extents) {
        const bytes = servable(extent, lost);
        settles ||= extent.use === "free" && bytes >= 0;
        largest = Math.max(largest, bytes);
      }
    });
    this.row.rowsDo((row, thread) => this.reportKept(to, thread, (visit) => this.remote.keptIn(row, visit)));
    return settles ? largest : 0;
  }

  private reportKept(to: Inspector, threadId: number, chains: (visit: (block: number) => void) => void): void {
    const counts = new Map<number, number>();
    const seen = new Set<number>();
    chains((block) => {
      const bytes = seen.has(block) ? 0 : this.bytesOf(block);
      if (bytes === 0) return;
      seen.add(block);
      counts.set(bytes, (counts.get(bytes) ?? 0) + 1);
    });
    for (const [blockBytes, blocks] of counts) to.cached({ layer: LAYER, threadId, blockBytes, blocks });
  }

  private extentsOf(page: number): Extent[] {
    const runs = runsOf(this.memory, page);
    return [plainExtent(LAYER, "metadata", page, runs[0].start - page), ...runs.map((run) => this.extentOf(run))];
  }

  private extentOf({ first, count, start, end, value, sizeClass: c, stray }: Run): Extent {
    const bytes = end - start;
    if (value === FREE_UNIT) return plainExtent(LAYER, "free", start, bytes);
    if (c === THREAD_WORDS) return plainExtent(LAYER, "metadata", start, bytes);
    if (stray || (c >= this.shapes.count && c !== WHOLE_UNITS)) return plainExtent(LAYER, "in hand", start, bytes);
    const live = this.countLive(first, count);
    if (c === WHOLE_UNITS) {
      // one unit may have been asked for because of its alignment alone
      const leastRequest = bytes <= UNIT_BYTES ? 0 : bytes - UNIT_BYTES + 1;
      return extentOfBlocks(LAYER, start, bytes, { blockBytes: bytes, stride: bytes, count: 1, leastRequest }, live);
    }
    const blockBytes = this.shapes.blockBytes[c];
    const shape = { blockBytes, stride: blockBytes, count: this.shapes.capacity(c, start, end), leastRequest: this.shapes.leastRequest(c) };
    return extentOfBlocks(LAYER, start, bytes, shape, live);
  }

  private countLive(first: number, units: number): number {
    let live = 0;
    for (let k = 0; k < units * UNIT_BIT_WORDS; k++) live += countOnes(this.memory.racyLoad(liveWord(first) + k));
    return live;
  }
}

/**
 * Bytes of the largest block that an extent could still give. A short run of free units is of use to slabs alone, whose blocks may
 * not fit behind a page's header: then what is from there to the next unit does not count.
 * @param lost bytes that something else may take before, of what is free, and so of a slab without live blocks all
 */
function servable({ address, bytes, use, largestFree, liveBlocks }: Extent, lost: number): number {
  if (use !== "free") return use === "blocks" && (lost === 0 || liveBlocks !== 0) ? largestFree : 0;
  const left = bytes - lost;
  return left > LARGEST_SLAB_BLOCK ? left : left - (-address & (UNIT_BYTES - 1));
}
