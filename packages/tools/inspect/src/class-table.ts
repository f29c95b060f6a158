/**
 * Extents added up by layer and block size. What threads keep is live in the extents of the layer below; here it is told
 * apart. While others allocate and free, a cache may be seen to keep a block that was not yet seen to be live: no amount
 * goes below 0.
 */
import type { CachedBlocks, Extent } from "@heapwright/core";

/** So many blocks, and the bytes of the heap that they take. */
export interface Amount {
  readonly blocks: number;
  readonly bytes: number;
}

/** What one layer holds of one block size. */
export interface ClassReport {
  readonly layer: string;
  /** Bytes that the owner of a block may use; 0: all blocks of a layer whose blocks differ in size. */
  readonly blockBytes: number;
  readonly live: Amount;
  /** Kept by threads for themselves. */
  readonly cached: Amount;
  readonly free: Amount;
  /** At most so many bytes of the live blocks were not asked for, by the rounding up of requests. */
  readonly slackBytes: number;
}

/** What one thread keeps of one block size. */
export interface CacheReport extends Amount {
  readonly threadId: number;
  readonly layer: string;
  readonly blockBytes: number;
}

interface Row {
  readonly layer: string;
  readonly blockBytes: number;
  liveBlocks: number;
  liveBytes: number;
  freeBlocks: number;
  freeBytes: number;
  slackBytes: number;
  cachedBlocks: number;
}

export class ClassTable {
  readonly #rows = new Map<string, Row>();
  readonly #caches: readonly CachedBlocks[];

  constructor(extents: readonly Extent[], caches: readonly CachedBlocks[]) {
    for (const extent of extents) if (extent.use === "blocks") this.#add(extent);
    for (const { layer, blockBytes, blocks } of caches) this.#rowOf(layer, blockBytes).cachedBlocks += blocks;
    this.#caches = caches;
  }

  #rowOf(layer: string, blockBytes: number): Row {
    const key = `${blockBytes} ${layer}`;
    const empty = { layer, blockBytes, liveBlocks: 0, liveBytes: 0, freeBlocks: 0, freeBytes: 0, slackBytes: 0, cachedBlocks: 0 };
    const row = this.#rows.get(key) ?? empty;
    this.#rows.set(key, row);
    return row;
  }

  #add({ layer, blockBytes, liveBlocks, liveBytes, freeBlocks, freeBytes, slackBytes }: Extent): void {
    const row = this.#rowOf(layer, blockBytes);
    row.liveBlocks += liveBlocks;
    row.liveBytes += liveBytes;
    row.freeBlocks += freeBlocks;
    row.freeBytes += freeBytes;
    row.slackBytes += slackBytes;
  }

  /** By layer, then by size. */
  classes(): ClassReport[] {
    return [...this.#rows.values()]
      .sort((a, b) => (a.layer === b.layer ? a.blockBytes - b.blockBytes : a.layer < b.layer ? -1 : 1))
      .map(reportOf);
  }

  /** In the order in which they were seen: by thread, then by size. */
  caches(): CacheReport[] {
    return this.#caches.map(({ layer, threadId, blockBytes, blocks }) => {
      return { threadId, layer, blockBytes, blocks, bytes: blocks * strideOf(this.#rowOf(layer, blockBytes)) };
    });
  }
}

/** Bytes of the heap that one block takes. */
function strideOf({ blockBytes, liveBlocks, liveBytes, freeBlocks, freeBytes }: Row): number {
  const blocks = liveBlocks + freeBlocks;
  return blocks === 0 ? blockBytes : (liveBytes + freeBytes) / blocks;
}

function reportOf(row: Row): ClassReport {
  const { layer, blockBytes, freeBlocks, freeBytes } = row;
  const cached = Math.min(row.cachedBlocks, row.liveBlocks);
  const cachedBytes = cached * strideOf(row);
  const live = row.liveBlocks - cached;
  return {
    layer,
    blockBytes,
    live: { blocks: live, bytes: cached === 0 ? row.liveBytes : live * strideOf(row) },
    cached: { blocks: cached, bytes: cachedBytes },
    free: { blocks: freeBlocks, bytes: freeBytes },
    slackBytes: row.liveBlocks === 0 ? 0 : Math.round((row.slackBytes * live) / row.liveBlocks),
  };
}
