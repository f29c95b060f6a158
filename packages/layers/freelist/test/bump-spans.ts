/** Spans one behind the other, whose map is a JavaScript Map: for tests in which all "threads" live in one process. */
import { PAGE_BYTES, type MappedSpans, type Memory, type PageMap, type Progress } from "@heapwright/core";

/** What the threads share: where the next span starts, and the notes. */
export interface BumpGround {
  next: number;
  readonly notes: Map<number, number>;
}

export function ground(start = PAGE_BYTES): BumpGround {
  return { next: start, notes: new Map() };
}

export class BumpSpans implements MappedSpans {
  readonly progress: Progress = "lock-free";
  readonly granule = PAGE_BYTES;
  readonly lastWasZero = false;
  readonly map: PageMap;

  constructor(
    private readonly memory: Memory,
    private readonly shared: BumpGround,
  ) {
    const page = (address: number): number => Math.floor(address / PAGE_BYTES);
    this.map = {
      newOwner: () => 7,
      noteAt: (address) => shared.notes.get(page(address)) ?? 0,
      setNote: (address, note) => void shared.notes.set(page(address), note),
      detailWord: () => 0,
    };
  }

  acquire(bytes: number): number {
    const span = this.shared.next;
    if (!this.memory.grow(span + bytes)) return 0;
    this.shared.next += Math.ceil(bytes / PAGE_BYTES) * PAGE_BYTES;
    return span;
  }

  release(): void {}
}
