/**
 * Whose each page is: two words a page, in the header of the heap, where no block can overwrite them. So it is what
 * `free` trusts when a caller hands it an address.
 *
 * The note says who owns the page, the detail word is the owner's. A page that is acquired but not yet noted carries a
 * mark, which is a note with owner number 0 and the thread in it; no layer takes it for its own, and it tells
 * {@link Pages} what a thread had in hand when it died.
 */
import { i32, PAGE_BYTES, pageNote, struct, type Memory, type PageMap, type Root } from "@heapwright/core";

export const PAGE_ENTRY = struct("PageEntry", {
  /** owner and value; plain, by the thread that has acquired the page, and cleared by the one that releases it */
  note: i32(),
  /** the owner's; 0 when the page is acquired */
  detail: i32(),
}, { align: 8, bytes: 8 });

const ENTRY_BYTES = PAGE_ENTRY.bytes;
const OWNERS = 15;

export class PageTable implements PageMap {
  private readonly memory: Memory;
  private readonly address: number;
  private readonly words: number;
  private owners = 0;

  /** @param pages how many pages have an entry; they are numbered from address 0 */
  constructor(
    root: Root,
    readonly pages: number,
  ) {
    this.memory = root.memory;
    this.address = root.claimStruct(PAGE_ENTRY, pages);
    this.words = this.address >>> 2;
  }

  newOwner(): number {
    if (this.owners === OWNERS) throw new RangeError(`a heap has room for ${OWNERS} kinds of page owners`);
    return ++this.owners;
  }

  noteAt(address: number): number {
    const page = address >>> 16;
    return page < this.pages ? this.memory.racyLoad((this.words + page * 2) | 0) : 0;
  }

  setNote(address: number, note: number): void {
    this.memory.i32[this.noteWord(address)] = note;
  }

  leaveTo(address: number, slot: number): void {
    this.setNote(address, markOf(slot));
  }

  detailWord(address: number): number {
    return this.noteWord(address) + PAGE_ENTRY.detail;
  }

  noteWord(address: number): number {
    return this.words + (address >>> 16) * 2;
  }

  /** Marks pages as being in the hands of the thread in `slot`. The calling thread is the only one that knows them. */
  mark(first: number, count: number, slot: number): void {
    for (let page = first; page < first + count; page++) this.leaveTo(page * PAGE_BYTES, slot);
  }

  /** Clears notes and details. The pages belong to the calling thread. */
  clear(first: number, count: number): void {
    this.memory.fill(this.address + first * ENTRY_BYTES, count * ENTRY_BYTES, 0);
  }

  /** Whether the page is in the hands of the thread in `slot`. */
  isMarked(page: number, slot: number): boolean {
    return this.noteAt(page * PAGE_BYTES) === markOf(slot);
  }
}

/** A slot more than its number, so that no mark is 0. */
function markOf(slot: number): number {
  return pageNote(0, slot + 1);
}
