/**
 * A thread that a workload plays, which counts what is live: what bounds on memory are stated in.
 */
import { PAGE_BYTES, type Heap } from "@heapwright/core";
import type { System, Workload } from "./system.js";

export class OutOfMemory extends Error {}

/** What is live of some kind, and the most of it that has been at a time. */
class Gauge {
  now = 0;
  most = 0;

  add(amount: number): void {
    this.now += amount;
    this.most = Math.max(this.most, this.now);
  }
}

/** What the threads of a heap count together. */
class Together {
  readonly bySize = new Map<number, Gauge>();
  readonly bytes = new Gauge();
  /** Of each live block what was asked for, and by whom. */
  readonly blocks = new Map<number, { bytes: number; by: PlayedThread }>();
}

export class PlayedThread {
  /** Blocks that this thread has allocated and nobody has freed, by page. */
  readonly #blocksIn = new Map<number, number>();
  readonly #pages = new Gauge();

  private constructor(
    readonly heap: Heap,
    private readonly together: Together,
  ) {}

  /** As many threads on a new heap of `system`. */
  static several(system: System, maximumBytes: number, count: number): PlayedThread[] {
    const first = system.create(maximumBytes);
    const together = new Together();
    return Array.from({ length: count }, (_, i) => new PlayedThread(i === 0 ? first : system.preset.attach(first.handle), together));
  }

  /** What `all` threads of a heap have done till now. */
  static workload(all: readonly PlayedThread[]): Workload {
    const { bySize, bytes } = all[0].together;
    return {
      peaks: new Map([...bySize].map(([size, { most }]) => [size, most])),
      liveBytes: bytes.most,
      threads: all.length,
      livePages: all.reduce((sum, thread) => sum + thread.#pages.most, 0),
    };
  }

  allocate(count: number, bytes: number): number[] {
    const { bySize, blocks } = this.together;
    if (!bySize.has(bytes)) bySize.set(bytes, new Gauge());
    return Array.from({ length: count }, () => {
      const block = this.heap.malloc(bytes);
      if (block === 0) throw new OutOfMemory(`there are no more ${bytes} bytes`);
      blocks.set(block, { bytes, by: this });
      this.#count(block, bytes, 1);
      return block;
    });
  }

  /** Frees blocks, which any thread has allocated. */
  freeAll(addresses: readonly number[]): void {
    const { blocks } = this.together;
    for (const block of addresses) {
      const { bytes, by } = blocks.get(block)!;
      this.heap.free(block);
      blocks.delete(block);
      by.#count(block, bytes, -1);
    }
  }

  /** One more, or one fewer, of the blocks that this thread has allocated is live. */
  #count(block: number, bytes: number, change: 1 | -1): void {
    const page = Math.floor(block / PAGE_BYTES);
    const before = this.#blocksIn.get(page) ?? 0;
    this.#blocksIn.set(page, before + change);
    this.together.bySize.get(bytes)?.add(change);
    this.together.bytes.add(change * bytes);
    if (before === 0 || before + change === 0) this.#pages.add(change);
  }
}
