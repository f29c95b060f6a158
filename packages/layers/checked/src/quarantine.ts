/**
 * Freed blocks that wait before they may be used again, oldest out first: a ring of places in the header, taken in turn.
 * Whoever puts a block in takes out the one that was there a whole round ago, so the ring is bounded in blocks by itself;
 * when it holds too many bytes, more of the oldest are taken out. Each block is put in by one `cas2` and taken out by
 * one, so a killed thread holds up nobody; it may keep the block that it had in hand.
 *
 * The count of bytes is corrected after the change that it counts. A thread that is killed between leaves it wrong by one
 * block, until it is reclaimed and the count compared with the places, by what they differ then. Others do not stand still for
 * that, so a block that is between its change and its count at that moment makes it wrong again; hence it is done once more whenever
 * all places have been given out. Such an error outlives a round only where a thread stood still in the middle of comparing, and then another.
 */
import { i32, pair, struct, type Memory, type Root } from "@heapwright/core";

export const QUARANTINE = struct("Quarantine", {
  /** places given out for putting in so far; atomic add */
  head: i32(),
  /** places emptied in turn so far; CAS */
  tail: i32(),
  /** bytes of the heap in it; atomic add, cas2 with the next */
  held: i32(),
  /** how often `held` was put right; cas2 */
  corrections: i32(),
}, { align: 128 });

export const QUARANTINE_PLACE = struct("QuarantinePlace", {
  /** address of the block, or 0, and the bytes that it takes; cas2 */
  place: pair(),
}, { align: 8, bytes: 8 });

const PLACE_WORDS = QUARANTINE_PLACE.bytes / 4;
/** Tries to see bytes and places at one moment. Where others never leave them alone so long, what they do meanwhile is soon compared again. */
const ATTEMPTS = 8;

export class Quarantine {
  private readonly memory: Memory;
  private readonly words: number;
  private readonly ring: number;
  /** The place of a block that this thread has put in after the tail had passed it, until it is taken out again; or 0. */
  private passed = 0;

  /**
   * @param places a power of two
   * @param limit bytes it may hold; a larger block is not taken
   */
  constructor(
    private readonly root: Root,
    private readonly places: number,
    private readonly limit: number,
  ) {
    this.memory = root.memory;
    this.words = root.claimStruct(QUARANTINE) >>> 2;
    this.ring = root.claimStruct(QUARANTINE_PLACE, places) >>> 2;
  }

  /** Whether a block that takes so many bytes of the heap is to wait here at all. */
  accepts(bytes: number): boolean {
    return bytes <= this.limit;
  }

  /** @returns the block that had to make room, or 0 */
  put(address: number, bytes: number): number {
    const ticket = this.memory.add(this.words + QUARANTINE.head, 1);
    const place = this.placeOf(ticket);
    const displaced = this.replace(place, address, bytes);
    this.memory.add(this.words + QUARANTINE.held, bytes);
    // Who moves the tail past a place looks into it then: either he finds the block, or we find the tail behind it.
    if (((this.memory.load(this.words + QUARANTINE.tail) - ticket) | 0) > 0) this.passed = place;
    if ((ticket & (this.places - 1)) === 0) {
      this.catchUp(ticket);
      if (this.root.threads.someDied()) this.recount();
    }
    return displaced;
  }

  /**
   * The oldest block of all, while there are too many bytes in it; otherwise, or when it is empty, 0. Before that the block that this
   * thread has just put in, if it is older than the oldest: its turn has passed while its place was still empty, and nobody
   * would come to it for a round.
   */
  takeExcess(): number {
    const { passed } = this;
    this.passed = 0;
    const late = passed === 0 ? 0 : this.replace(passed, 0, 0);
    if (late !== 0) return late;
    // their difference, since the sum may pass 2^31: the limit, and a block that was put in just now
    return ((this.memory.load(this.words + QUARANTINE.held) - this.limit) | 0) > 0 ? this.takeOldest() : 0;
  }

  /** Takes out every block, from the oldest on, until `visit` answers that it is enough. */
  drain(visit: (address: number) => "more" | "enough"): void {
    const oldest = this.memory.load(this.words + QUARANTINE.head);
    for (let i = 0; i < this.places; i++) {
      const address = this.replace(this.placeOf(oldest + i), 0, 0);
      if (address !== 0 && visit(address) === "enough") return;
    }
  }

  /** Without an excess nobody moves the tail. Once in a round it is brought up to what has not been displaced, so that the two words never are 2^31 apart. */
  private catchUp(head: number): void {
    const { memory, words } = this;
    const tail = memory.load(words + QUARANTINE.tail);
    // Success passes over places whose blocks have been displaced. Failure: somebody has moved it. One who stood still finds it ahead, and lets it be.
    if (((head - tail) | 0) > this.places) memory.cas(words + QUARANTINE.tail, tail, (head - this.places) | 0);
  }

  private takeOldest(): number {
    const { memory, words } = this;
    for (;;) {
      // in this order, so that the head is never the lower one
      const tail = memory.load(words + QUARANTINE.tail);
      const head = memory.load(words + QUARANTINE.head);
      const waiting = (head - tail) >>> 0;
      if (waiting === 0) return 0;
      // after a round without excess the tail is far behind: all that old has been displaced
      const oldest = waiting > this.places ? (head - this.places) | 0 : tail;
      // Success makes this place ours to empty. Failure: somebody else has moved the tail; look again.
      if (!memory.cas(words + QUARANTINE.tail, tail, oldest + 1)) continue;
      const address = this.replace(this.placeOf(oldest), 0, 0);
      if (address !== 0) return address;
    }
  }

  /** Puts a block, or nothing, into a place. @returns what was there */
  private replace(w: number, address: number, bytes: number): number {
    const { memory } = this;
    for (;;) {
      const before = memory.load(w);
      const charge = memory.load(w + 1);
      if (before === 0 && address === 0) return 0;
      // Success hands the block that was there to us alone. Failure: somebody else was quicker with this place; look again.
      if (!memory.cas2(w, before, charge, address, bytes)) continue;
      if (before !== 0) memory.add(this.words + QUARANTINE.held, -charge);
      return before >>> 0;
    }
  }

  private placeOf(ticket: number): number {
    return this.ring + (ticket & (this.places - 1)) * PLACE_WORDS;
  }

  /** All blocks in it. Racy. */
  addresses(): number[] {
    const addresses: number[] = [];
    this.forEach((address) => addresses.push(address));
    return addresses;
  }

  /** Whether the bytes are counted right. Quiescent. */
  countIsRight(): boolean {
    return this.memory.load(this.words + QUARANTINE.held) === (this.sum() | 0);
  }

  /** After a death: puts the count right, while others go on. */
  recount(): void {
    const { memory, words } = this;
    const corrections = memory.load(words + QUARANTINE.corrections);
    const difference = this.difference();
    while (difference !== 0 && memory.load(words + QUARANTINE.corrections) === corrections) {
      const held = memory.load(words + QUARANTINE.held);
      // Success publishes the correction, as the only one since we looked. Failure: a block was counted, which leaves the difference as it was unless we saw the block uncounted; or somebody else has made it.
      if (memory.cas2(words + QUARANTINE.held, held, corrections, (held + difference) | 0, (corrections + 1) | 0)) return;
    }
  }

  /** Bytes that are in it and not counted; less than 0 where more are counted. */
  private difference(): number {
    const { memory, words } = this;
    for (let attempt = 1; ; attempt++) {
      const head = memory.load(words + QUARANTINE.head);
      const held = memory.load(words + QUARANTINE.held);
      const difference = (this.sum() - held) | 0;
      const still = memory.load(words + QUARANTINE.held) === held && memory.load(words + QUARANTINE.head) === head;
      if (still || attempt === ATTEMPTS) return difference;
    }
  }

  private sum(): number {
    let sum = 0;
    this.forEach((_, bytes) => (sum += bytes));
    return sum;
  }

  private forEach(visit: (address: number, bytes: number) => void): void {
    for (let i = 0; i < this.places; i++) {
      const w = this.placeOf(i);
      const address = this.memory.load(w) >>> 0;
      if (address !== 0) visit(address, this.memory.load(w + 1));
    }
  }
}
