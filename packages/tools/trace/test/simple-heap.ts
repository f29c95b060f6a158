/**
 * The simplest heap that many threads can use: one lock, blocks of powers of two cut from the end of the memory, one
 * free list per power. It exists to test the replay, and to be broken in {@link file://./broken-heaps.ts}.
 *
 *     64 lock | 68 end of the blocks | 72.. heads of the free lists | 256.. blocks: header of 16 bytes, contents
 *     header: power, live, size asked for, next free block
 */
import { growable, openMemory, type Heap, type HeapHandle, type HeapStats, type Memory, type Visit } from "@heapwright/core";

const LOCK = 64 >>> 2;
const TOP = 68 >>> 2;
const HEADS = 72 >>> 2;
const FIRST = 256;
const HEADER = 16;

export class SimpleHeap implements Heap {
  readonly memory: Memory;
  readonly preset = "simple";
  readonly progress = "blocking";
  readonly handle: HeapHandle;
  readonly threadId = 1;
  protected readonly headerBytes: number = HEADER;

  /** A new heap, or one more view of the heap of `handle`. */
  constructor(handle?: HeapHandle, maximum = 2 ** 26) {
    this.handle = handle ?? { preset: "simple", memory: growable({ initial: 4096, maximum }).open().handle, options: {} };
    this.memory = openMemory(this.handle.memory);
    if (handle === undefined) this.memory.store(TOP, FIRST);
  }

  malloc(size: number): number {
    const power = Math.max(4, Math.ceil(Math.log2(Math.max(size, 1))));
    this.lock();
    try {
      const address = this.reuse(power) || this.extend(power);
      if (address === 0) return 0;
      const header = (address - this.headerBytes) >>> 2;
      this.memory.i32[header] = power;
      this.memory.i32[header + 1] = 1;
      this.memory.i32[header + 2] = size;
      return address;
    } finally {
      this.unlock();
    }
  }

  calloc(count: number, size: number): number {
    const address = this.malloc(count * size);
    if (address !== 0) this.memory.fill(address, count * size, 0);
    return address;
  }

  realloc(address: number, size: number): number {
    if (address === 0) return this.malloc(size);
    const moved = this.malloc(size);
    if (moved === 0) return 0;
    this.memory.copy(moved, address, Math.min(size, this.capacity(address)));
    this.free(address);
    return moved;
  }

  /** By asking again until an address happens to fit. */
  alignedAlloc(alignment: number, size: number): number {
    const unfit: number[] = [];
    let address = this.malloc(size);
    for (; address % alignment !== 0; address = this.malloc(size)) unfit.push(address);
    for (const one of unfit) this.free(one);
    return address;
  }

  free(address: number): void {
    if (address === 0) return;
    this.memory.reach(address);
    this.lock();
    const header = (address - this.headerBytes) >>> 2;
    const head = HEADS + this.memory.i32[header];
    this.memory.i32[header + 1] = 0;
    this.memory.i32[header + 3] = this.memory.i32[head];
    this.memory.i32[head] = address;
    this.unlock();
  }

  usableSize(address: number): number {
    return this.capacity(address);
  }

  private capacity(address: number): number {
    return 2 ** this.memory.i32[(address - this.headerBytes) >>> 2];
  }

  stats(): HeapStats {
    const bytes = this.memory.load(TOP);
    const { maximumBytes } = this.memory;
    let blocks = 0;
    this.walk(() => (blocks += 1));
    return { mappedBytes: bytes, peakMappedBytes: bytes, metadataBytes: FIRST + blocks * this.headerBytes, bufferBytes: this.memory.end, maximumBytes };
  }

  walk(visit: Visit): void {
    const top = this.memory.load(TOP);
    this.memory.reach(top - 1);
    for (let at = FIRST; at < top; ) {
      const header = at >>> 2;
      const block = at + this.headerBytes;
      const bytes = 2 ** this.memory.i32[header];
      const live = this.memory.i32[header + 1] === 1;
      visit({ address: block, bytes, state: live ? "live" : "free", layer: "simple", block: live ? block : 0 });
      at = block + bytes;
    }
  }

  inspect(): number {
    return 0;
  }

  check(): void {}

  reclaim(): boolean {
    return false;
  }

  [Symbol.dispose](): void {}

  private reuse(power: number): number {
    const { memory } = this;
    const address = memory.i32[HEADS + power];
    if (address === 0) return 0;
    memory.reach(address);
    memory.i32[HEADS + power] = memory.i32[((address - this.headerBytes) >>> 2) + 3];
    return address;
  }

  private extend(power: number): number {
    const at = this.memory.i32[TOP];
    const end = at + this.headerBytes + 2 ** power;
    if (!this.memory.grow(end) && !this.memory.reach(end - 1)) return 0;
    this.memory.i32[TOP] = end;
    return at + this.headerBytes;
  }

  private lock(): void {
    while (!this.memory.cas(LOCK, 0, 1)) this.memory.wait(LOCK, 1, 1);
  }

  private unlock(): void {
    this.memory.store(LOCK, 0);
    this.memory.notify(LOCK, 1);
  }
}
