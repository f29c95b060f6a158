/**
 * What can be done to one owner-private superblock, by its owner unless stated otherwise. The bits are the truth about
 * which blocks are live; the local list and the count of used blocks follow from them, and are derived anew when a dead
 * thread's superblock is taken over ({@link ExclusiveSuperblocks.rebuild}). So a thread may die between any two of
 * its plain stores.
 */
import { countOnes, PAGE_BYTES, type MappedSpans, type Memory, type Root } from "@heapwright/core";
import { EXCLUSIVE_NOTE, EXCLUSIVE_SUPERBLOCK, liveWord, type ExclusiveGeometry } from "./exclusive-geometry.js";
import { FreedBits } from "./freed-bits.js";

const { local: LOCAL, used: USED, carved: CARVED, interior: INTERIOR } = EXCLUSIVE_SUPERBLOCK;
/** Cut off at once: enough to make it rare, little enough not to touch pages that are never used. */
const CARVE_BYTES = 4096;

export class ExclusiveSuperblocks {
  readonly freed: FreedBits;
  private readonly memory: Memory;

  /** @param owner number of this layer in the page map */
  constructor(
    private readonly root: Root,
    private readonly spans: MappedSpans,
    private readonly geometry: ExclusiveGeometry,
    private readonly owner: number,
  ) {
    this.memory = root.memory;
    this.freed = new FreedBits(root, geometry);
  }

  /** Acquires a superblock of class `c` for a thread. @returns its address, or 0 */
  acquire(c: number, thread: number): number {
    const { memory } = this;
    const bytes = this.geometry.bytes[c];
    const superblock = this.spans.acquire(bytes, PAGE_BYTES);
    if (superblock === 0) return 0;
    memory.reach(superblock + bytes - 1);
    if (!this.spans.lastWasZero) memory.fill(superblock, this.geometry.first[c], 0);
    memory.i32[this.ownerWord(superblock)] = thread;
    this.note(superblock, c);
    return superblock;
  }

  /** From the first page on, so that a superblock whose thread dies here is found; see {@link releasePart}. */
  private note(superblock: number, c: number): void {
    const note = EXCLUSIVE_NOTE.sizeClass.set(this.owner, c);
    const pages = this.geometry.bytes[c] / PAGE_BYTES;
    for (let page = 0; page < pages; page++) {
      this.spans.map.setNote(superblock + page * PAGE_BYTES, EXCLUSIVE_NOTE.page.set(note, page));
    }
  }

  /** Gives an empty superblock back. It is nobody's first, so that it is not inherited while it goes. */
  release(superblock: number, c: number): void {
    this.memory.store(this.ownerWord(superblock), 0);
    this.spans.release(superblock, this.geometry.bytes[c]);
  }

  /** Pages of a superblock that are noted as its own: all but when its thread died before it had noted the others. */
  private notedPages(superblock: number, c: number): number {
    const { map } = this.spans;
    const pages = this.geometry.bytes[c] / PAGE_BYTES;
    let count = 1;
    while (count < pages && map.noteAt(superblock + count * PAGE_BYTES) === EXCLUSIVE_NOTE.page.set(map.noteAt(superblock), count)) count++;
    return count;
  }

  /**
   * Gives back a superblock that a dead thread was acquiring, as far as it is noted: so it has no blocks yet. Its other
   * pages go back to the page source by themselves, and may have done so already, and be somebody else's superblock, of
   * which the first page says so.
   * @returns false when all of it is noted, and nothing is given back
   */
  releasePart(superblock: number, c: number): boolean {
    if (this.isNoted(superblock, c)) return false;
    const noted = this.notedPages(superblock, c) * PAGE_BYTES;
    this.memory.store(this.ownerWord(superblock), 0);
    this.spans.release(superblock, noted);
    return true;
  }

  /** The word with the id of the thread that owns a superblock, or 0 while it is abandoned. */
  ownerWord(superblock: number): number {
    return this.spans.map.detailWord(superblock);
  }

  classOf(superblock: number): number {
    return EXCLUSIVE_NOTE.sizeClass.get(this.spans.map.noteAt(superblock));
  }

  /** Cuts off blocks that were never used. The local list is empty. @returns false when there are none left */
  carve(superblock: number, c: number): boolean {
    const { i32 } = this.memory;
    const w = superblock >>> 2;
    const { blockBytes, capacity, first } = this.geometry;
    const bytes = blockBytes[c];
    const carved = i32[w + CARVED];
    const count = Math.min(capacity[c] - carved, Math.ceil(CARVE_BYTES / bytes));
    if (count === 0) return false;
    const start = superblock + first[c] + carved * bytes;
    for (let i = 1; i < count; i++) i32[(start + (i - 1) * bytes) >>> 2] = start + i * bytes;
    i32[(start + (count - 1) * bytes) >>> 2] = 0;
    i32[w + CARVED] = carved + count;
    i32[w + LOCAL] = start;
    return true;
  }

  /** Moves what others have freed to the local list. @returns whether there was anything */
  collect(superblock: number, c: number): boolean {
    if (!this.freed.any(superblock)) return false;
    const { i32 } = this.memory;
    const w = superblock >>> 2;
    const used = i32[w + USED];
    this.freed.take(superblock, c, (offset) => {
      const block = this.blockAt(superblock, c, superblock + offset);
      i32[block >>> 2] = i32[w + LOCAL];
      i32[w + LOCAL] = block;
      i32[w + USED]--;
    });
    return i32[w + USED] !== used;
  }

  /** The same, and nothing that was freed escapes it. */
  collectAll(superblock: number, c: number): void {
    this.freed.suspectAll(superblock);
    this.collect(superblock, c);
  }

  /** Start of the block that was given out at `address`. */
  blockAt(superblock: number, c: number, address: number): number {
    return this.memory.racyLoad((superblock >>> 2) + INTERIOR) === 0 ? address : this.geometry.startOf(superblock, c, address);
  }

  /** Offset of the address at which the live block that starts at `block` was given out, or -1 when it is not live. */
  liveOffset(superblock: number, c: number, block: number): number {
    const { i32 } = this.memory;
    const start = block - superblock;
    const end = i32[(superblock >>> 2) + INTERIOR] === 0 ? start + 16 : start + this.geometry.blockBytes[c];
    for (let offset = start; offset < end; offset += 16) {
      if ((i32[liveWord(superblock, offset)] & (1 << (offset >>> 4))) !== 0) return offset;
    }
    return -1;
  }

  /**
   * Takes stock of a superblock whose owner is dead: the live bits tell what is free.
   * @returns how many blocks are used
   */
  rebuild(superblock: number, c: number): number {
    const { i32 } = this.memory;
    const w = superblock >>> 2;
    const { blockBytes, first } = this.geometry;
    this.freed.suspectAll(superblock);
    this.freed.take(superblock, c, () => 0);
    let used = 0;
    let head = 0;
    for (let i = i32[w + CARVED] - 1; i >= 0; i--) {
      const block = superblock + first[c] + i * blockBytes[c];
      if (this.liveOffset(superblock, c, block) >= 0) {
        used++;
        continue;
      }
      i32[block >>> 2] = head;
      head = block;
    }
    i32[w + LOCAL] = head;
    i32[w + USED] = used;
    return used;
  }

  isFull(superblock: number, c: number): boolean {
    const w = superblock >>> 2;
    return this.memory.i32[w + LOCAL] === 0 && this.memory.i32[w + CARVED] === this.geometry.capacity[c];
  }

  /** Whether a block starts at `address`, live or not. */
  isBlock(superblock: number, c: number, address: number): boolean {
    const offset = address - superblock - this.geometry.first[c];
    const bytes = this.geometry.blockBytes[c];
    return offset >= 0 && offset % bytes === 0 && offset < this.memory.i32[(superblock >>> 2) + CARVED] * bytes;
  }

  /** Bits that are set: live ones, and freed ones that are not live besides. */
  count(superblock: number, c: number): { live: number; astray: number } {
    const { i32 } = this.memory;
    const words = this.geometry.bitWords[c];
    let live = 0;
    let astray = 0;
    for (let w = liveWord(superblock, 0), end = w + words; w < end; w++) {
      for (let bits = i32[w]; bits !== 0; bits &= bits - 1) live++;
      for (let bits = i32[w + words] & ~i32[w]; bits !== 0; bits &= bits - 1) astray++;
    }
    return { live, astray };
  }

  /** Blocks that are live and not freed by others. Any thread, at any time. */
  countLive(superblock: number, c: number): number {
    const { memory } = this;
    const words = this.geometry.bitWords[c];
    let live = 0;
    for (let w = liveWord(superblock, 0), end = w + words; w < end; w++) live += countOnes(memory.racyLoad(w) & ~memory.racyLoad(w + words));
    return live;
  }

  /** Whether all pages of a superblock are noted as its own. Racy. */
  isNoted(superblock: number, c: number): boolean {
    return this.notedPages(superblock, c) * PAGE_BYTES === this.geometry.bytes[c];
  }

  /** Whether the live block that was given out at `offset` has been freed by a thread other than its superblock's owner. */
  isFreed(superblock: number, c: number, offset: number): boolean {
    return (this.memory.racyLoad(liveWord(superblock, offset) + this.geometry.bitWords[c]) & (1 << (offset >>> 4))) !== 0;
  }

  /** Visits every page that is noted as part of a superblock. */
  pagesDo(visit: (page: number, superblock: number, c: number) => void): void {
    const { map } = this.spans;
    for (let page = Math.ceil(this.root.end / PAGE_BYTES) * PAGE_BYTES; page < this.memory.end; page += PAGE_BYTES) {
      const note = map.noteAt(page);
      if (EXCLUSIVE_NOTE.owner.get(note) === this.owner) visit(page, this.geometry.superblockOf(page, note), EXCLUSIVE_NOTE.sizeClass.get(note));
    }
  }

  /** Whether the note of another page agrees that it is one of this superblock's. */
  isPartOf(page: number, superblock: number): boolean {
    const { map } = this.spans;
    return map.noteAt(superblock) === EXCLUSIVE_NOTE.page.set(map.noteAt(page), 0);
  }

  /** Visits the superblocks of a dead thread. Others come and go meanwhile. */
  ownedBy(thread: number, visit: (superblock: number, c: number) => void): void {
    const { map } = this.spans;
    this.pagesDo((page, superblock, c) => {
      if (page !== superblock || this.memory.load(this.ownerWord(superblock)) !== thread) return;
      // the page may have changed hands between the two, and the word be another layer's; a dead thread's pages stay
      if (EXCLUSIVE_NOTE.owner.get(map.noteAt(page)) === this.owner) visit(superblock, c);
    });
  }
}
