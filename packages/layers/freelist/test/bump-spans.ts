/** Spans one behind the other, never given back, with a note per page; all state lies in words that it claims. */
import { PAGE_BYTES, type MappedSpans, type Memory, type PageMap, type Progress, type Root } from "@heapwright/core";

export class BumpSpans implements MappedSpans {
  readonly progress: Progress = "lock-free";
  readonly granule = PAGE_BYTES;
  readonly lastWasZero = false;
  readonly map: PageMap;
  private readonly memory: Memory;
  private readonly cursor: number;

  /** @param firstPage address of the first span */
  constructor(
    root: Root,
    private readonly firstPage: number,
  ) {
    const memory = (this.memory = root.memory);
    this.cursor = root.claim("BumpSpans", 4) >>> 2;
    const notes = root.claim("BumpSpans notes", (memory.maximumBytes / PAGE_BYTES) * 4) >>> 2;
    this.map = {
      newOwner: () => 7,
      noteAt: (address) => memory.i32[notes + Math.floor(address / PAGE_BYTES)],
      setNote: (address, note) => void (memory.i32[notes + Math.floor(address / PAGE_BYTES)] = note),
      leaveTo: () => undefined,
      noteWord: () => 0,
      detailWord: () => 0,
    };
  }

  acquire(bytes: number): number {
    const length = Math.ceil(bytes / PAGE_BYTES) * PAGE_BYTES;
    const span = this.firstPage + this.memory.add(this.cursor, length);
    if (this.memory.grow(span + length)) return span;
    this.memory.add(this.cursor, -length);
    return 0;
  }

  release(): void {}

  longestFree(): number {
    return this.memory.maximumBytes - this.firstPage - this.memory.load(this.cursor);
  }
}
