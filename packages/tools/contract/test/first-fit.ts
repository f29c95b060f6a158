/**
 * The simplest honest heap, for the suite to be tested on: one chain of blocks under one lock, searched from where the
 * last search ended. A block is a 16-byte header that holds its length, and the bytes behind it; a bit per 16 bytes of memory says
 * whether a live block starts there. That bit alone decides, and every change of the chain is one store, so a thread
 * that dies with the lock leaves a sound heap once the lock is taken from it.
 */
import {
  HeapCorruptionError, i32, InvalidAddressError, plainExtent, struct, type Allocator, type Inspector, type Memory, type PageAccounts, type Progress, type RegionState, type Root, type Visit,
} from "@heapwright/core";

const FIRST_FIT = struct("FirstFit", {
  /** id of the holder, 0 when free; by CAS */
  lock: i32(),
  /** address behind the chain, 0 while there is none; written under the lock */
  end: i32(),
  /** address of the block at which the next search starts, 0 for the first one; written under the lock */
  rover: i32(),
}, { align: 128 });

const HEADER = 16;
const STEP = 65536;

export class FirstFit implements Allocator {
  readonly progress: Progress = "blocking";
  protected readonly memory: Memory;
  protected readonly lockWord: number;
  private readonly endWord: number;
  private readonly roverWord: number;
  private readonly bits: number;

  constructor(private readonly root: Root) {
    this.memory = root.memory;
    const w = root.claimStruct(FIRST_FIT) >>> 2;
    this.lockWord = w + FIRST_FIT.lock;
    this.endWord = w + FIRST_FIT.end;
    this.roverWord = w + FIRST_FIT.rover;
    this.bits = root.claim("FirstFitBits", Math.ceil(root.memory.maximumBytes / 512) * 4) >>> 2;
  }

  allocate(bytes: number): number {
    return this.allocateAligned(16, bytes);
  }

  allocateAligned(alignment: number, bytes: number): number {
    return this.locked(() => {
      const length = HEADER + Math.ceil(Math.max(bytes, 1) / 16) * 16;
      const rover = this.memory.i32[this.roverWord] >>> 0 || this.start();
      return (
        this.search(rover, this.end(), length, alignment) ||
        this.search(this.start(), rover, length, alignment) ||
        this.extend(length, alignment)
      );
    });
  }

  private search(from: number, to: number, length: number, alignment: number): number {
    for (let block = from; block < to; block += this.lengthOf(block)) {
      if (this.isLive(block)) continue;
      this.mergeFrom(block);
      const address = this.placeIn(block, length, alignment);
      if (address !== 0) return address;
    }
    return 0;
  }

  /** Cuts a block of `length` out of the free one at `block` so that its payload is aligned. @returns the payload's address, or 0 */
  private placeIn(block: number, length: number, alignment: number): number {
    const payload = Math.ceil((block + HEADER) / alignment) * alignment;
    const placed = payload - HEADER;
    const end = block + this.lengthOf(block);
    if (placed + length > end) return 0;
    // the rest is headed before it is cut off, so that the chain is whole at every moment
    if (placed + length < end) this.setLength(placed + length, end - placed - length);
    if (placed > block) {
      this.setLength(placed, length);
      this.setLength(block, placed - block);
    } else {
      this.setLength(block, length);
    }
    this.memory.i32[this.roverWord] = placed;
    this.mark(placed, 1);
    return payload;
  }

  private mergeFrom(block: number): void {
    let next = block + this.lengthOf(block);
    while (next < this.end() && !this.isLive(next)) next += this.lengthOf(next);
    const rover = this.memory.i32[this.roverWord] >>> 0;
    // before the block at the rover is swallowed, nothing may point to it any more
    if (rover > block && rover < next) this.memory.i32[this.roverWord] = block;
    this.setLength(block, next - block);
  }

  /** Makes the chain longer and takes the block from its end, together with what was free there. */
  private extend(length: number, alignment: number): number {
    const end = this.end();
    const from = this.tail();
    const payload = Math.ceil((from + HEADER) / alignment) * alignment;
    const most = Math.floor(this.memory.maximumBytes / 16) * 16;
    const to = Math.min(Math.ceil((payload - HEADER + length) / STEP) * STEP, most);
    if (payload - HEADER + length > to || !this.memory.grow(to)) return 0;
    this.setLength(end, to - end);
    this.memory.i32[this.endWord] = to;
    this.mergeFrom(from);
    return this.placeIn(from, length, alignment);
  }

  /** Address of the last block if it is free, otherwise the end. */
  private tail(): number {
    let tail = this.end();
    for (let block = this.start(); block < this.end(); block += this.lengthOf(block)) tail = block;
    return tail < this.end() && this.isLive(tail) ? this.end() : tail;
  }

  free(address: number): void {
    this.locked(() => this.mark(this.blockAt(address), 0));
  }

  owns(address: number): boolean {
    return address >= this.start() && address < this.end();
  }

  usableSize(address: number): number {
    return this.locked(() => this.lengthOf(this.blockAt(address)) - HEADER);
  }

  resize(address: number, bytes: number): boolean {
    return this.locked(() => {
      const block = this.blockAt(address);
      const length = HEADER + Math.ceil(Math.max(bytes, 1) / 16) * 16;
      const had = this.lengthOf(block);
      const next = block + had;
      const free = next < this.end() && !this.isLive(next);
      if (free) this.mergeFrom(next);
      const all = had + (free ? this.lengthOf(next) : 0);
      if (length > all) return false;
      this.memory.i32[this.roverWord] = block;
      if (length < all) this.setLength(block + length, all - length);
      this.setLength(block, length);
      return true;
    });
  }

  isZero(): boolean {
    return false;
  }

  walk(visit: Visit): void {
    for (let block = this.start(); block < this.end(); block += this.sane(block)) {
      const live = this.isLive(block);
      visit({ address: block, bytes: this.sane(block), state: live ? "live" : "free", layer: "first-fit", block: live ? block + HEADER : 0 });
    }
  }

  inspect(to: Inspector): number {
    const end = this.end();
    const seen = { liveBlocks: 0, liveBytes: 0, freeBlocks: 0, freeBytes: 0, largestFree: 0 };
    const from = this.start();
    for (let block = from, run = 0; block < end; ) {
      const bytes = this.memory.racyLoad(block >>> 2) >>> 0;
      // no length that a block can have: another thread is changing it, and the rest is for the next look
      if (bytes < HEADER || bytes % 16 !== 0 || block + bytes > end) break;
      const live = this.isLive(block);
      run = live ? 0 : run + bytes;
      seen.liveBlocks += live ? 1 : 0;
      seen.liveBytes += live ? bytes : 0;
      seen.freeBlocks += live ? 0 : 1;
      seen.freeBytes += live ? 0 : bytes;
      seen.largestFree = Math.max(seen.largestFree, run - HEADER);
      block += bytes;
    }
    const extent = { address: from, bytes: end - from, use: "blocks", layer: "first-fit", blockBytes: 0, ...seen, slackBytes: seen.liveBlocks * HEADER } as const;
    if (end > from) to.extent(extent);
    return Math.max(seen.largestFree, Math.floor(this.memory.maximumBytes / 16) * 16 - end - HEADER);
  }

  check(): void {
    if (this.memory.load(this.lockWord) !== 0) throw new HeapCorruptionError(this.lockWord * 4, "first-fit", "the lock is held");
    const starts = new Set<number>();
    for (let block = this.start(); block < this.end(); block += this.sane(block)) starts.add(block);
    const words = Math.ceil(this.memory.maximumBytes / 512);
    for (let w = 0; w < words; w++) {
      for (let word = this.memory.i32[this.bits + w] >>> 0; word !== 0; word &= word - 1) {
        const block = (w * 32 + 31 - Math.clz32(word & -word)) * 16;
        if (!starts.has(block)) throw new HeapCorruptionError(block, "first-fit", "marked as live, but no block starts there");
      }
    }
  }

  /** Length of a block, for readers that do not hold the lock and must not run in circles. */
  private sane(block: number): number {
    const length = this.lengthOf(block);
    if (length < HEADER || length % 16 !== 0 || block + length > this.end()) throw new HeapCorruptionError(block, "first-fit", `a block of ${length} bytes`);
    return length;
  }

  metadataBytes(): number {
    return 0;
  }

  /** The pages under the chain: the heap's header before it, and what is not used yet behind it. */
  pages(): PageAccounts {
    const { base } = this.memory;
    const mappedBytes = (): number => this.end() - base;
    return {
      mappedBytes,
      peakMappedBytes: mappedBytes,
      metadataBytes: () => this.start() - base,
      walk: (visit) => {
        const report = (address: number, bytes: number, state: RegionState): void => {
          if (bytes > 0) visit({ address, bytes, state, layer: "first-fit", block: 0 });
        };
        report(base, this.start() - base, "metadata");
        report(this.end(), this.memory.end - this.end(), "free");
      },
      inspect: (to) => {
        to.extent(plainExtent("first-fit", "metadata", base, this.start() - base));
        if (this.memory.end > this.end()) to.extent(plainExtent("first-fit", "free", this.end(), this.memory.end - this.end()));
      },
      check: () => undefined,
      reclaim: () => undefined,
    };
  }

  reclaim(threadId: number): void {
    this.memory.cas(this.lockWord, threadId, 0);
  }

  leave(): void {}

  protected locked<T>(action: () => T): T {
    const { memory, lockWord } = this;
    for (let held = 0; !memory.cas(lockWord, 0, this.root.threads.id); held = memory.load(lockWord)) {
      if (memory.canWait && held !== 0) memory.wait(lockWord, held, 1);
    }
    try {
      memory.reach(this.end() - 1);
      return action();
    } finally {
      memory.store(lockWord, 0);
    }
  }

  private start(): number {
    return Math.ceil(this.root.end / 16) * 16;
  }

  private end(): number {
    return this.memory.i32[this.endWord] >>> 0 || this.start();
  }

  private lengthOf(block: number): number {
    return this.memory.i32[block >>> 2] >>> 0;
  }

  private setLength(block: number, length: number): void {
    this.memory.i32[block >>> 2] = length;
  }

  private isLive(block: number): boolean {
    return (this.memory.i32[this.bits + (block >>> 9)] & (1 << ((block >>> 4) & 31))) !== 0;
  }

  private mark(block: number, live: 0 | 1): void {
    const w = this.bits + (block >>> 9);
    const bit = 1 << ((block >>> 4) & 31);
    this.memory.i32[w] = live === 1 ? this.memory.i32[w] | bit : this.memory.i32[w] & ~bit;
  }

  /** @throws InvalidAddressError unless a live block's payload starts at `address` */
  private blockAt(address: number): number {
    const block = address - HEADER;
    if (address % 16 !== 0 || block < this.start() || block >= this.end() || !this.isLive(block)) {
      throw new InvalidAddressError(address, "no live block starts there");
    }
    return block;
  }
}
