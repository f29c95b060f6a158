/**
 * Operations on one superblock of equal blocks. The live bits are the truth: a block is the user's exactly while its
 * bit is set. Everything else in the header (count, LIFO list, how far it is carved) is there for speed and can be
 * re-derived from them, which is what happens after a thread died in here, and when a program has overwritten the link
 * in a block it had freed.
 *
 * The caller holds the lock of the heap that owns the superblock, except where it says otherwise, and its views cover
 * the superblock.
 */
import { countOnes, HeapCorruptionError, InvalidAddressError, type Memory } from "@heapwright/core";
import { BLANK, SUPERBLOCK, type SuperblockGeometry } from "./superblock-geometry.js";

const { owner: OWNER, sizeClass: SIZE_CLASS, used: USED, carved: CARVED, free: FREE } = SUPERBLOCK;
const LIVE = SUPERBLOCK.bytes >>> 2;

/** Answers of {@link Superblocks.find} that are no block numbers. */
const NO_BLOCK = -1;
export const NOT_LIVE = -2;
const INSIDE = -3;

/** What to tell the user of one of them. */
export function refusal(address: number, answer: number): InvalidAddressError {
  if (answer === NOT_LIVE) return new InvalidAddressError(address, "the block there is free");
  if (answer === INSIDE) return new InvalidAddressError(address, "it lies inside a block");
  return new InvalidAddressError(address, "it lies in a superblock, outside of its blocks");
}

export class Superblocks {
  readonly #mask: number;

  constructor(
    private readonly memory: Memory,
    readonly geometry: SuperblockGeometry,
  ) {
    this.#mask = -geometry.bytes;
  }

  /** The superblock around an address in a page of superblocks. */
  around(address: number): number {
    return (address & this.#mask) >>> 0;
  }

  /** Heap it belongs to. Stable for the holder of that heap's lock; whoever holds another lock may read an old value. */
  ownerOf(s: number): number {
    return this.memory.racyLoad((s >>> 2) + OWNER);
  }

  /** Stable while one of its blocks is live, and under the owner's lock. */
  classOf(s: number): number {
    return this.memory.racyLoad((s >>> 2) + SIZE_CLASS);
  }

  usedOf(s: number): number {
    return this.memory.i32[(s >>> 2) + USED];
  }

  /** Makes it belong to another heap. The caller holds both locks; to whoever repairs after a death, this store is the move. */
  move(s: number, owner: number): void {
    this.memory.store((s >>> 2) + OWNER, owner);
  }

  /** Gives up its class. It has no live block. */
  erase(s: number): void {
    this.memory.store((s >>> 2) + SIZE_CLASS, BLANK);
  }

  /** Cuts a blank one for a class: bitmaps first, so that one with a class always has bits that mean something. */
  cut(s: number, c: number): void {
    const w = s >>> 2;
    const { i32 } = this.memory;
    i32.fill(0, w + LIVE, w + LIVE + 3 * this.geometry.bitmapWords[c]);
    i32[w + USED] = 0;
    i32[w + CARVED] = 0;
    i32[w + FREE] = 0;
    this.memory.store(w + SIZE_CLASS, c);
  }

  /** The number of the block that the byte at `address` falls into; NO_BLOCK where there is none. */
  numberOf(s: number, c: number, address: number): number {
    const { blockBytes, capacity, first } = this.geometry;
    const k = Math.floor((address - s - first[c]) / blockBytes[c]);
    // written so that NaN, of a blank superblock's class -1, is no block either
    return k >= 0 && k < capacity[c] ? k : NO_BLOCK;
  }

  addressOf(s: number, c: number, k: number): number {
    return s + this.geometry.first[c] + k * this.geometry.blockBytes[c];
  }

  /** Takes the block freed last, or the next that was never handed out. There is one. @returns its number */
  take(s: number, c: number): number {
    const { i32 } = this.memory;
    const w = s >>> 2;
    if (i32[w + FREE] === 0 && i32[w + CARVED] === this.geometry.capacity[c]) this.relist(s, c);
    const head = i32[w + FREE];
    const k = head === 0 ? i32[w + CARVED]++ : head - 1;
    // first, so that a link which leads back to this very block is seen to be wrong
    i32[w + LIVE + (k >>> 5)] |= 1 << (k & 31);
    if (head !== 0) {
      const next = i32[this.addressOf(s, c, k) >>> 2];
      if (this.couldBeFree(w, next)) i32[w + FREE] = next;
      else this.relist(s, c);
    }
    i32[w + USED]++;
    return k;
  }

  /** A link that is not a carved free block's was written by a program into a block it had freed. */
  private couldBeFree(w: number, link: number): boolean {
    if (link === 0) return true;
    const { i32 } = this.memory;
    const k = link - 1;
    return link > 0 && k < i32[w + CARVED] && (i32[w + LIVE + (k >>> 5)] & (1 << (k & 31))) === 0;
  }

  /** Puts block `k` back. One that has become empty starts over, uncarved. @returns how many are in use now */
  give(s: number, c: number, k: number): number {
    const { i32 } = this.memory;
    const w = s >>> 2;
    const bit = 1 << (k & 31);
    i32[w + LIVE + (k >>> 5)] &= ~bit;
    i32[w + LIVE + 2 * this.geometry.bitmapWords[c] + (k >>> 5)] &= ~bit;
    const used = i32[w + USED] - 1;
    i32[w + USED] = used;
    if (used === 0) {
      i32[w + CARVED] = 0;
      i32[w + FREE] = 0;
    } else {
      i32[this.addressOf(s, c, k) >>> 2] = i32[w + FREE];
      i32[w + FREE] = k + 1;
    }
    return used;
  }

  /** Notes that the owner of block `k` was given an address `distance` bytes behind its start, and no other. */
  shift(s: number, c: number, k: number, distance: number): void {
    const { i32 } = this.memory;
    i32[this.addressOf(s, c, k) >>> 2] = distance;
    i32[(s >>> 2) + LIVE + 2 * this.geometry.bitmapWords[c] + (k >>> 5)] |= 1 << (k & 31);
  }

  /**
   * The number of the live block whose owner was given `address`, or why there is none. Needs no lock: the bits of a
   * live block do not change while its owner is the one who asks; whoever asks about another's may get either answer.
   */
  find(s: number, c: number, address: number): number {
    const { geometry, memory } = this;
    const k = this.numberOf(s, c, address);
    if (k === NO_BLOCK) return NO_BLOCK;
    const w = (s >>> 2) + LIVE + (k >>> 5);
    const bit = 1 << (k & 31);
    const pending = memory.racyLoad(w + geometry.bitmapWords[c]);
    if ((memory.racyLoad(w) & ~pending & bit) === 0) return NOT_LIVE;
    return address - this.addressOf(s, c, k) === this.distance(s, c, k) ? k : INSIDE;
  }

  /** How far behind the start of live block `k` the address lies that its owner was given. */
  distance(s: number, c: number, k: number): number {
    const w = (s >>> 2) + LIVE + 2 * this.geometry.bitmapWords[c] + (k >>> 5);
    if ((this.memory.racyLoad(w) & (1 << (k & 31))) === 0) return 0;
    return this.memory.racyLoad(this.addressOf(s, c, k) >>> 2);
  }

  /** Live blocks, as far as they are not pending. Any thread, at any time. */
  countLive(s: number, c: number): number {
    const { geometry, memory } = this;
    const words = geometry.bitmapWords[c];
    let live = 0;
    for (let w = (s >>> 2) + LIVE, end = w + words; w < end; w++) live += countOnes(memory.racyLoad(w) & ~memory.racyLoad(w + words));
    return live;
  }

  isLive(s: number, k: number): boolean {
    return (this.memory.racyLoad((s >>> 2) + LIVE + (k >>> 5)) & (1 << (k & 31))) !== 0;
  }

  isPending(s: number, c: number, k: number): boolean {
    const w = (s >>> 2) + LIVE + this.geometry.bitmapWords[c] + (k >>> 5);
    return (this.memory.racyLoad(w) & (1 << (k & 31))) !== 0;
  }

  /**
   * Marks a live block as freed, though it cannot be put back yet. Any thread, without a lock, hence atomic.
   * @returns false when it was marked already: it has been freed twice
   */
  setPending(s: number, c: number, k: number): boolean {
    const bit = 1 << (k & 31);
    return (this.memory.or((s >>> 2) + LIVE + this.geometry.bitmapWords[c] + (k >>> 5), bit) & bit) === 0;
  }

  /** Puts back a pending block. The live bit goes first: one that is pending and not live is an ordinary free block to repair. */
  givePending(s: number, c: number, k: number): number {
    const used = this.give(s, c, k);
    this.memory.and((s >>> 2) + LIVE + this.geometry.bitmapWords[c] + (k >>> 5), ~(1 << (k & 31)));
    return used;
  }

  /** Re-derives all that follows from the live bits. */
  rebuild(s: number, c: number): void {
    const { i32 } = this.memory;
    const { bitmapWords, capacity } = this.geometry;
    const w = s >>> 2;
    const words = bitmapWords[c];
    let used = 0;
    let carved = 0;
    for (let k = 0; k < capacity[c]; k++) {
      if (!this.isLive(s, k)) continue;
      used++;
      carved = k + 1;
    }
    for (let i = 0; i < words; i++) {
      const live = i32[w + LIVE + i];
      // atomic: others may be marking live blocks right now
      this.memory.and(w + LIVE + words + i, live);
      i32[w + LIVE + 2 * words + i] &= live;
    }
    i32[w + USED] = used;
    i32[w + CARVED] = carved;
    this.relist(s, c);
  }

  /** Links all carved blocks that are not live anew, lowest first. */
  private relist(s: number, c: number): void {
    const { i32 } = this.memory;
    const w = s >>> 2;
    let next = 0;
    for (let k = i32[w + CARVED] - 1; k >= 0; k--) {
      if (this.isLive(s, k)) continue;
      i32[this.addressOf(s, c, k) >>> 2] = next;
      next = k + 1;
    }
    i32[w + FREE] = next;
  }

  /** @throws HeapCorruptionError when the header contradicts the live bits */
  check(s: number, c: number): void {
    const { i32 } = this.memory;
    const { bitmapWords, capacity, bytes } = this.geometry;
    const w = s >>> 2;
    const words = bitmapWords[c];
    const carved = i32[w + CARVED];
    let used = 0;
    for (let k = 0; k < words * 32; k++) {
      if (!this.isLive(s, k)) continue;
      used++;
      if (k >= carved) fail(s, `block ${k} is live, but only ${carved} of ${capacity[c]} are carved`);
      // of one that is freed, and not put back, the word is a link: for ever, if a thread died with it in hand
      const distance = this.isPending(s, c, k) ? 0 : this.distance(s, c, k);
      if (distance < 0 || distance >= this.geometry.blockBytes[c]) fail(s, `block ${k} was given out at distance ${distance}`);
    }
    if (used !== i32[w + USED]) fail(s, `${used} blocks are live, the header counts ${i32[w + USED]}`);
    if (carved > capacity[c]) fail(s, `${carved} of ${capacity[c]} blocks are carved`);
    for (let i = 0; i < words; i++) {
      const stray = (i32[w + LIVE + words + i] | i32[w + LIVE + 2 * words + i]) & ~i32[w + LIVE + i];
      if (stray !== 0) fail(s, `blocks from ${i * 32} on are pending or shifted, but not live: bits 0x${(stray >>> 0).toString(16)}`);
    }
    let free = 0;
    for (let link = i32[w + FREE]; link !== 0; link = i32[this.addressOf(s, c, link - 1) >>> 2]) {
      if (!this.couldBeFree(w, link)) fail(s, `the free list leads to block ${link - 1} of ${carved}; was a freed block written to?`);
      if (++free > carved) fail(s, `the free list of ${bytes} bytes runs in a circle`);
    }
    if (free !== carved - used) fail(s, `${free} blocks are on the free list, ${carved} carved, ${used} live`);
  }
}

function fail(s: number, found: string): never {
  throw new HeapCorruptionError(s, "owned superblock", found);
}
