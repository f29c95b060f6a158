/**
 * Heap 0: where the others put what they have too much of, and look before they ask for new memory. A superblock that
 * is empty here becomes blank and can be cut for any class. Blank ones are counted per page, in the page's detail word;
 * a page whose superblocks are all blank goes back to the page source, which the paper's Hoard never does.
 *
 * New pages are acquired under this heap's lock, after a look at what is here: so memory only grows at a moment when the
 * global heap has neither room in that class nor a blank superblock, which the blowup bound rests on.
 */
import { HeapCorruptionError, i32, PAGE_BYTES, PAGE_NOTE, pageNote, struct, type MappedSpans, type Root } from "@heapwright/core";
import { OwnedHeap, type EmptinessPolicy } from "./owned-heap.js";
import { BLANK, SUPERBLOCK } from "./superblock-geometry.js";
import type { Superblocks } from "./superblocks.js";

const LAYER = "global heap";

export const GLOBAL_HEAP = struct("OwnedGlobalHeap", {
  /** address of the first blank superblock; under the global lock */
  blank: i32(),
  /** how many there are; under the global lock */
  blanks: i32(),
  /** address of the last byte of the highest page there has been; under the global lock, only grows, read by all */
  last: i32(),
  /** bit i % 32: heap i has more than it may keep and did not get the global lock; atomic or, exchange */
  creditors: i32(),
}, { align: 128 });

export class GlobalHeap extends OwnedHeap {
  readonly #w: number;
  readonly #owner: number;
  readonly #allBlank: number;

  constructor(
    private readonly root: Root,
    private readonly spans: MappedSpans,
    superblocks: Superblocks,
    policy: EmptinessPolicy,
  ) {
    super(root, 0, superblocks, policy);
    this.#w = root.claimStruct(GLOBAL_HEAP) >>> 2;
    this.#owner = spans.map.newOwner();
    this.#allBlank = 2 ** superblocks.geometry.perPage - 1;
  }

  /** Whether the page of `address` is cut into superblocks. Any thread, as all methods up to {@link provide}. */
  ownsPage(address: number): boolean {
    return PAGE_NOTE.owner.get(this.spans.map.noteAt(address)) === this.#owner;
  }

  /** Makes the calling thread's views cover every superblock there is. */
  reachAll(): void {
    const last = this.lastByte();
    if (last >= this.memory.end) this.memory.reach(last);
  }

  /** Races with growth: too old a value still covers every superblock that this thread can have heard of under a lock. */
  private lastByte(): number {
    return this.memory.racyLoad(this.#w + GLOBAL_HEAP.last) >>> 0;
  }

  /** Notes that heap `index` would like to hand superblocks over, for the one who holds the lock now. */
  addCreditor(index: number): void {
    this.memory.or(this.#w + GLOBAL_HEAP.creditors, 1 << (index & 31));
  }

  /** Whether nobody has found yet what {@link addCreditor} noted; maybe what another heap's did, since 32 heaps later a bit is the same. */
  hasCreditor(index: number): boolean {
    return (this.memory.load(this.#w + GLOBAL_HEAP.creditors) & (1 << (index & 31))) !== 0;
  }

  hasCreditors(): boolean {
    return this.memory.load(this.#w + GLOBAL_HEAP.creditors) !== 0;
  }

  /** @returns the bits of {@link GLOBAL_HEAP}.creditors, now nobody else's to serve */
  takeCreditors(): number {
    return this.memory.exchange(this.#w + GLOBAL_HEAP.creditors, 0);
  }

  /** Visits all superblocks. Without the lock, pages may come and go meanwhile. */
  superblocksDo(visit: (s: number) => void): void {
    this.reachAll();
    const { bytes } = this.superblocks.geometry;
    const last = this.lastByte();
    for (let page = Math.ceil(this.root.end / PAGE_BYTES) * PAGE_BYTES; page < last; page += PAGE_BYTES) {
      if (!this.ownsPage(page)) continue;
      for (let s = page; s < page + PAGE_BYTES; s += bytes) visit(s);
    }
  }

  /** Blank superblocks now. */
  blanks(): number {
    return this.memory.racyLoad(this.#w + GLOBAL_HEAP.blanks);
  }

  /**
   * Takes a superblock with room for class `c` out of here: the fullest of that class, a blank one, or one of a new page.
   * Its owner word is still 0; the caller holds the lock of the heap that will `admit` it.
   * @returns 0 when there is no memory
   */
  provide(c: number): number {
    const partial = this.groups.fullest(c);
    if (partial !== 0) {
      this.dismiss(partial, c);
      return partial;
    }
    if (this.firstBlank() === 0 && !this.grow()) return 0;
    const s = this.firstBlank();
    this.unlistBlank(s);
    this.superblocks.cut(s, c);
    return s;
  }

  /** An empty superblock has no reason to keep its class. */
  override admit(s: number, c: number): void {
    super.admit(s, c);
    this.retireIfEmpty(s, c);
  }

  override give(s: number, c: number, k: number): void {
    super.give(s, c, k);
    this.retireIfEmpty(s, c);
  }

  override givePending(s: number, c: number, k: number): void {
    super.givePending(s, c, k);
    this.retireIfEmpty(s, c);
  }

  private retireIfEmpty(s: number, c: number): void {
    if (this.superblocks.usedOf(s) !== 0) return;
    this.dismiss(s, c);
    this.superblocks.erase(s);
    this.listBlank(s);
    this.releaseIfBlank(pageOf(s));
  }

  private firstBlank(): number {
    return this.memory.i32[this.#w + GLOBAL_HEAP.blank] >>> 0;
  }

  /** Adds a blank superblock of this heap to the list, and to its page's bits. */
  listBlank(s: number): void {
    const { i32 } = this.memory;
    const first = this.firstBlank();
    i32[(s >>> 2) + SUPERBLOCK.previous] = 0;
    i32[(s >>> 2) + SUPERBLOCK.next] = first;
    if (first !== 0) i32[(first >>> 2) + SUPERBLOCK.previous] = s;
    i32[this.#w + GLOBAL_HEAP.blank] = s;
    i32[this.#w + GLOBAL_HEAP.blanks]++;
    i32[this.spans.map.detailWord(s)] |= this.bitOf(s);
  }

  private unlistBlank(s: number): void {
    const { i32 } = this.memory;
    const next = i32[(s >>> 2) + SUPERBLOCK.next] >>> 0;
    const previous = i32[(s >>> 2) + SUPERBLOCK.previous] >>> 0;
    if (next !== 0) i32[(next >>> 2) + SUPERBLOCK.previous] = previous;
    if (previous !== 0) i32[(previous >>> 2) + SUPERBLOCK.next] = next;
    else i32[this.#w + GLOBAL_HEAP.blank] = next;
    i32[this.#w + GLOBAL_HEAP.blanks]--;
    i32[this.spans.map.detailWord(s)] &= ~this.bitOf(s);
  }

  private bitOf(s: number): number {
    return 1 << ((s % PAGE_BYTES) / this.superblocks.geometry.bytes);
  }

  /** Whether the page's detail word says that all its superblocks are blank. */
  isBlankPage(page: number): boolean {
    return this.memory.i32[this.spans.map.detailWord(page)] === this.#allBlank;
  }

  releaseIfBlank(page: number): void {
    if (!this.isBlankPage(page)) return;
    for (let s = page; s < page + PAGE_BYTES; s += this.superblocks.geometry.bytes) this.unlistBlank(s);
    // First of all the page ceases to be ours: whoever repairs after a death in what follows must not list it again. Its
    // note becomes that of a page in this thread's hands, which the page source takes back if we die. Not 0: claimed pages
    // without a note are those that dead threads left, to whoever reclaims one of them right now.
    this.spans.map.setNote(page, pageNote(0, this.root.threads.slot + 1));
    this.spans.release(page, PAGE_BYTES);
  }

  /** A page of blank superblocks. The note comes last: whoever repairs believes headers in noted pages. */
  private grow(): boolean {
    const page = this.spans.acquire(PAGE_BYTES, PAGE_BYTES);
    if (page === 0) return false;
    const { i32 } = this.memory;
    const last = page + PAGE_BYTES - 1;
    if (last > this.lastByte()) i32[this.#w + GLOBAL_HEAP.last] = last;
    for (let s = page; s <= last; s += this.superblocks.geometry.bytes) {
      this.superblocks.move(s, this.index);
      this.superblocks.erase(s);
    }
    this.spans.map.setNote(page, pageNote(this.#owner, 0));
    // backwards, so that the lowest is served first
    for (let s = page + PAGE_BYTES - this.superblocks.geometry.bytes; s >= page; s -= this.superblocks.geometry.bytes) this.listBlank(s);
    return true;
  }

  override clear(): void {
    super.clear();
    this.memory.i32[this.#w + GLOBAL_HEAP.blank] = 0;
    this.memory.i32[this.#w + GLOBAL_HEAP.blanks] = 0;
    this.superblocksDo((s) => (this.memory.i32[this.spans.map.detailWord(s)] = 0));
  }

  /** @param expected blank superblocks, by their classes. @throws HeapCorruptionError when list or page bits disagree */
  checkBlanks(expected: number): void {
    const { i32 } = this.memory;
    let listed = 0;
    for (let s = this.firstBlank(), previous = 0; s !== 0 && listed <= expected; listed++) {
      const found = i32[(s >>> 2) + SUPERBLOCK.sizeClass];
      if (found !== BLANK) throw new HeapCorruptionError(s, LAYER, `class ${found} in the list of blank superblocks`);
      if (i32[(s >>> 2) + SUPERBLOCK.previous] >>> 0 !== previous) throw new HeapCorruptionError(s, LAYER, "its neighbour does not know it");
      if ((i32[this.spans.map.detailWord(s)] & this.bitOf(s)) === 0) throw new HeapCorruptionError(s, LAYER, "blank, but not by its page's bits");
      previous = s;
      s = i32[(s >>> 2) + SUPERBLOCK.next] >>> 0;
    }
    if (listed !== expected || this.blanks() !== expected) {
      throw new HeapCorruptionError(0, LAYER, `${expected} superblocks are blank, ${listed} listed, ${this.blanks()} counted`);
    }
  }
}

function pageOf(s: number): number {
  return s - (s % PAGE_BYTES);
}
