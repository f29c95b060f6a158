/**
 * Where superblocks come from and go to. They are slots of hyperblocks, lowest address first; hyperblocks are acquired
 * whole where memory permits, in smaller batches where it does not. A batch whose slots are all free goes back to the
 * page source, but for one that is kept, so that a program that needs one superblock more or less does not acquire and
 * release a hyperblock each time.
 *
 * The store also knows which superblock an address lies in: a table per hyperblock, outside of the blocks, names the
 * descriptor of each slot. That is what `free` trusts.
 *
 * Ownership: a slot's entry in the table, and its bytes, belong to the thread that cleared its free bit; it clears the
 * entry before it sets the bit again. Pages leave only in the hands of a thread that has all their slots.
 *
 * A thread killed in here loses the slots it holds: one superblock, or a batch that it was acquiring or returning.
 */
import { HeapCorruptionError, i32, PAGE_BYTES, struct, type MappedSpans, type Memory, type Root } from "@heapwright/core";
import { SLOT_BYTES } from "./anchored-classes.js";
import {
  batchOf, HYPERBLOCK, HYPERBLOCK_BYTES, HYPERBLOCK_SHIFT, LAST_SLOT, noteOf, oneSlotOf, pageOf, slotBits, SLOT_SHIFT,
  SLOTS_PER_PAGE, SLOTS_USE, SUPERBLOCK_PAGE, TABLE_BYTES, type Batch,
} from "./hyperblock.js";
import type { MetadataArena } from "./metadata-arena.js";

export const SUPERBLOCK_STORE = struct("SuperblockStore", {
  /** address of a batch that was left with us when all of it was free; a hint, stored by any thread */
  kept: i32(),
}, { align: 128 });

const HYPERBLOCK_WORDS = HYPERBLOCK.bytes / 4;
const { free: FREE, table: TABLE } = HYPERBLOCK;

export class SuperblockStore {
  private readonly memory: Memory;
  private readonly w: number;
  /** One bit per hyperblock, set where a slot may be free. */
  private readonly candidates: number;
  private readonly candidateWords: number;
  private readonly hyperblocks: number;
  readonly hyperblockCount: number;
  private readonly batchBytes: number;
  private readonly keepsBytes: number;

  /** @param hyperblockBytes most to acquire at once, a power of two from 64 KiB to 1 MiB; a small memory gets less */
  constructor(
    root: Root,
    private readonly spans: MappedSpans,
    private readonly arena: MetadataArena,
    private readonly owner: number,
    hyperblockBytes: number,
  ) {
    const { memory } = root;
    this.memory = memory;
    this.hyperblockCount = Math.ceil(memory.maximumBytes / HYPERBLOCK_BYTES);
    this.candidateWords = Math.ceil(this.hyperblockCount / 32);
    this.batchBytes = Math.max(PAGE_BYTES, Math.min(hyperblockBytes, powerOfTwoBelow(memory.maximumBytes / 16)));
    this.keepsBytes = memory.maximumBytes / 64;
    this.w = root.claimStruct(SUPERBLOCK_STORE) >>> 2;
    this.candidates = root.claim("HyperblockCandidates", this.candidateWords * 4, 128) >>> 2;
    this.hyperblocks = root.claimStruct(HYPERBLOCK, this.hyperblockCount) >>> 2;
  }

  /** Address of the words of the first hyperblock; those of the others follow. */
  get hyperblocksAddress(): number {
    return this.hyperblocks * 4;
  }

  /**
   * A superblock for the caller, within its views.
   * @param bytes 16384 or 65536
   * @returns its address, or 0 when there is no memory
   */
  acquire(bytes: number): number {
    // the second look is for what was given back behind the first, when no page is to be had
    const address = this.find(bytes) || this.acquireBatch(bytes) || this.find(bytes);
    if (address + bytes > this.memory.end) this.memory.reach(address + bytes - 1);
    return address;
  }

  private find(bytes: number): number {
    for (let i = 0; i < this.candidateWords; i++) {
      let bits = this.memory.load(this.candidates + i);
      while (bits !== 0) {
        const lowest = bits & -bits;
        const address = this.takeFrom(i * 32 + 31 - Math.clz32(lowest), bytes);
        if (address !== 0) return address;
        bits &= ~lowest;
      }
    }
    return 0;
  }

  private takeFrom(hyperblock: number, bytes: number): number {
    const { memory } = this;
    const w = this.hyperblocks + hyperblock * HYPERBLOCK_WORDS + FREE;
    const choose = bytes === SLOT_BYTES ? oneSlotOf : pageOf;
    for (;;) {
      // each half may be older or newer than the other; the cas2 sees to that
      const low = memory.load(w);
      const high = memory.load(w + 1);
      if ((low | high) === 0) return this.withdraw(hyperblock);
      const fromLow = choose(low);
      const fromHigh = fromLow === 0 ? choose(high) : 0;
      if ((fromLow | fromHigh) === 0) return 0;
      // Success makes the slots ours. Failure: other slots of the hyperblock were taken or given back; look again.
      if (!memory.cas2(w, low, high, low & ~fromLow, high & ~fromHigh)) continue;
      const bit = fromLow === 0 ? 32 + lowestBit(fromHigh) : lowestBit(fromLow);
      return hyperblock * HYPERBLOCK_BYTES + bit * SLOT_BYTES;
    }
  }

  /** Takes a hyperblock off the candidates; but whoever gives a slot back may just have found it there, so look again. */
  private withdraw(hyperblock: number): 0 {
    const w = this.hyperblocks + hyperblock * HYPERBLOCK_WORDS + FREE;
    this.memory.and(this.candidates + (hyperblock >>> 5), ~(1 << (hyperblock & 31)));
    if ((this.memory.load(w) | this.memory.load(w + 1)) !== 0) this.nominate(hyperblock);
    return 0;
  }

  private nominate(hyperblock: number): void {
    const w = this.candidates + (hyperblock >>> 5);
    const bit = 1 << (hyperblock & 31);
    if ((this.memory.load(w) & bit) === 0) this.memory.or(w, bit);
  }

  /** Acquires pages, keeps the superblock at their start for the caller, and lets the rest be found. */
  private acquireBatch(bytes: number): number {
    for (let batch = this.batchBytes; batch >= PAGE_BYTES; batch /= 2) {
      // aligned like that it lies in one hyperblock
      const address = this.spans.acquire(batch, batch);
      if (address !== 0) return this.admit(address, batch, bytes);
    }
    return 0;
  }

  /**
   * Until the notes are written the page source knows that the pages are this thread's, and takes them back if it dies. Only
   * a death between the first note and the last bit costs the batch.
   */
  private admit(address: number, batchBytes: number, bytes: number): number {
    const { spans } = this;
    const hyperblock = address >>> HYPERBLOCK_SHIFT;
    const w = this.hyperblocks + hyperblock * HYPERBLOCK_WORDS;
    if (!this.ensureTable(w)) {
      spans.release(address, batchBytes);
      return 0;
    }
    const slot = (address >>> SLOT_SHIFT) & LAST_SLOT;
    const slots = batchBytes / SLOT_BYTES;
    const note = noteOf(this.owner, { first: slot / SLOTS_PER_PAGE, end: (slot + slots) / SLOTS_PER_PAGE });
    for (let page = address; page < address + batchBytes; page += PAGE_BYTES) spans.map.setNote(page, note);
    this.setFree(w, slot + bytes / SLOT_BYTES, slot + slots);
    this.nominate(hyperblock);
    return address;
  }

  private ensureTable(w: number): boolean {
    if (this.memory.load(w + TABLE) !== 0) return true;
    const table = this.arena.allocate(TABLE_BYTES);
    if (table === 0) return false;
    this.memory.fill(table, TABLE_BYTES, 0);
    // Success publishes the zeroed table. Failure: another thread's came first; ours stays unused.
    this.memory.cas(w + TABLE, 0, table);
    return true;
  }

  /** Says of a superblock's slots whose they are. The caller owns them; 0 before it gives them back. */
  enter(superblock: number, bytes: number, descriptor: number): void {
    const table = this.memory.load(this.hyperblocks + (superblock >>> HYPERBLOCK_SHIFT) * HYPERBLOCK_WORDS + TABLE) >>> 0;
    this.memory.reach(table + TABLE_BYTES - 1);
    const w = (table >>> 2) + ((superblock >>> SLOT_SHIFT) & LAST_SLOT);
    for (let i = 0; i < bytes / SLOT_BYTES; i++) this.memory.i32[w + i] = descriptor;
  }

  /** Descriptor of the superblock that the byte at `address` lies in, or 0. Any address will do; races by design. */
  descriptorAt(address: number): number {
    const hyperblock = address >>> HYPERBLOCK_SHIFT;
    if (hyperblock >= this.hyperblockCount) return 0;
    const table = this.memory.racyLoad(this.hyperblocks + hyperblock * HYPERBLOCK_WORDS + TABLE);
    return table === 0 ? 0 : this.memory.racyLoad((table >>> 2) + ((address >>> SLOT_SHIFT) & LAST_SLOT)) >>> 0;
  }

  /** Takes back a superblock that the caller owns and has taken out of the table. */
  release(superblock: number, bytes: number): void {
    const hyperblock = superblock >>> HYPERBLOCK_SHIFT;
    const w = this.hyperblocks + hyperblock * HYPERBLOCK_WORDS;
    const slot = (superblock >>> SLOT_SHIFT) & LAST_SLOT;
    const batch = batchOf(this.spans.map.noteAt(superblock));
    this.setFree(w, slot, slot + bytes / SLOT_BYTES);
    this.nominate(hyperblock);
    if (this.isWhole(w, batch)) this.returnBatch(hyperblock, batch);
  }

  private setFree(w: number, from: number, end: number): void {
    const { memory } = this;
    const inLow = slotBits(from, end, 0);
    const inHigh = slotBits(from, end, 1);
    // Each half on its own: only he who clears bits needs to see both at once, and he can wait for the other half.
    if (inLow !== 0) memory.or(w + FREE, inLow);
    if (inHigh !== 0) memory.or(w + FREE + 1, inHigh);
  }

  /** Gives a batch that is all free back to the page source, unless it is the one to be kept. */
  private returnBatch(hyperblock: number, batch: Batch): void {
    const w = this.hyperblocks + hyperblock * HYPERBLOCK_WORDS;
    const address = hyperblock * HYPERBLOCK_BYTES + batch.first * PAGE_BYTES;
    const bytes = (batch.end - batch.first) * PAGE_BYTES;
    if (this.keeps(address, bytes) || !this.takeWhole(w, batch)) return;
    // Between our last bit and the cas2 another thread may have returned the batch, and a third acquired the pages again, in
    // other batches. Now that all their slots are ours, the notes stand still.
    const found = batchOf(this.spans.map.noteAt(address));
    if (found.first === batch.first && found.end === batch.end) {
      this.spans.release(address, bytes);
      return;
    }
    this.setFree(w, batch.first * SLOTS_PER_PAGE, batch.end * SLOTS_PER_PAGE);
    this.nominate(hyperblock);
  }

  private isWhole(w: number, { first, end }: Batch): boolean {
    const inLow = slotBits(first * SLOTS_PER_PAGE, end * SLOTS_PER_PAGE, 0);
    const inHigh = slotBits(first * SLOTS_PER_PAGE, end * SLOTS_PER_PAGE, 1);
    return (this.memory.load(w + FREE) & inLow) === inLow && (this.memory.load(w + FREE + 1) & inHigh) === inHigh;
  }

  private takeWhole(w: number, { first, end }: Batch): boolean {
    const { memory } = this;
    const inLow = slotBits(first * SLOTS_PER_PAGE, end * SLOTS_PER_PAGE, 0);
    const inHigh = slotBits(first * SLOTS_PER_PAGE, end * SLOTS_PER_PAGE, 1);
    for (;;) {
      const low = memory.load(w + FREE);
      const high = memory.load(w + FREE + 1);
      if ((low & inLow) !== inLow || (high & inHigh) !== inHigh) return false;
      // Success makes all slots of the batch ours. Failure: some slot of the hyperblock was taken or given back; look again.
      if (memory.cas2(w + FREE, low, high, low & ~inLow, high & ~inHigh)) return true;
    }
  }

  /** Whether this free batch is, or now becomes, the one that stays. */
  private keeps(address: number, bytes: number): boolean {
    if (bytes > this.keepsBytes) return false;
    const kept = this.memory.load(this.w + SUPERBLOCK_STORE.kept) >>> 0;
    if (kept !== 0 && kept !== address) {
      const w = this.hyperblocks + (kept >>> HYPERBLOCK_SHIFT) * HYPERBLOCK_WORDS;
      const note = this.spans.map.noteAt(kept);
      if (SUPERBLOCK_PAGE.owner.get(note) === this.owner && this.isWhole(w, batchOf(note))) return false;
    }
    this.memory.store(this.w + SUPERBLOCK_STORE.kept, address);
    return true;
  }

  /** Whether a slot is free, a moment ago. @param slot from 0, over the whole address space */
  isFree(slot: number): boolean {
    const w = this.hyperblocks + (slot >>> 6) * HYPERBLOCK_WORDS + FREE + ((slot >>> 5) & 1);
    return ((this.memory.load(w) >>> (slot & 31)) & 1) !== 0;
  }

  /**
   * Free slots are ours, in no table, and will be found. Quiescent.
   * @param history a thread that died may have left free slots that are not to be found before others of their hyperblock are
   * @throws HeapCorruptionError
   */
  check(history: "deaths" | "no deaths"): void {
    const blamed = (address: number, found: string): never => {
      throw new HeapCorruptionError(address, "superblock store", found);
    };
    for (let hyperblock = 0; hyperblock < this.hyperblockCount; hyperblock++) {
      const w = this.hyperblocks + hyperblock * HYPERBLOCK_WORDS + FREE;
      if ((this.memory.load(w) | this.memory.load(w + 1)) === 0) continue;
      const address = hyperblock * HYPERBLOCK_BYTES;
      const nominated = (this.memory.load(this.candidates + (hyperblock >>> 5)) >>> (hyperblock & 31)) & 1;
      if (nominated === 0 && history === "no deaths") blamed(address, "free superblocks here will not be found");
      for (let slot = address; slot < address + HYPERBLOCK_BYTES; slot += SLOT_BYTES) {
        if (!this.isFree(slot / SLOT_BYTES)) continue;
        const note = this.spans.map.noteAt(slot);
        const ours = SUPERBLOCK_PAGE.owner.get(note) === this.owner && SUPERBLOCK_PAGE.use.get(note) === SLOTS_USE;
        if (!ours) blamed(slot, "a free superblock in a page that is not ours");
        if (this.descriptorAt(slot) !== 0) blamed(slot, "a free superblock has a descriptor");
      }
    }
  }
}

function lowestBit(word: number): number {
  return 31 - Math.clz32(word & -word);
}

function powerOfTwoBelow(bytes: number): number {
  return 2 ** Math.floor(Math.log2(bytes));
}
