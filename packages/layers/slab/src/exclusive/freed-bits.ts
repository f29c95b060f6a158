/**
 * How threads free blocks of superblocks that they do not own: by setting a bit. The owner reads the bits when it runs out.
 *
 * Against a list of freed blocks this takes one atomic more at most, and in return the block itself is not touched, the
 * old value of the bit tells exactly whether somebody has freed it before, and nothing is ever in the hands of one
 * thread alone: a thread that dies while it reads the bits leaves them set.
 *
 * Protocol. A thread sets the freed bit of the block first and the bit of its part in the superblock's word of
 * announcements second, unless that is set already. The owner clears the word first and reads the bits second. So a part
 * whose bit was seen set is read after the block's bit was set; a block is found now or announced anew. The owner clears a
 * live bit before it clears the freed bit beside it: whatever is freed and not live was being collected when its owner died.
 *
 * Announcements stand in the header of the heap and not in the superblock. For with its freed bit a block is the owner's,
 * who may find it without an announcement, or by that of another, and then give the whole superblock back, before the
 * thread that freed it comes to announce it. An announcement that comes so late costs the next superblock there a look.
 */
import { i32, PAGE_BYTES, struct, type Memory, type Root } from "@heapwright/core";
import { liveWord, type ExclusiveGeometry } from "./exclusive-geometry.js";

/** One for each page, used for the superblock that begins there. */
export const FREED_PARTS = struct("FreedParts", {
  /** bit k: others may have freed blocks in part k of the superblock; set by atomic or, cleared by the owner's exchange */
  parts: i32(),
});

export class FreedBits {
  private readonly memory: Memory;
  private readonly partsWord: number;

  constructor(
    root: Root,
    private readonly geometry: ExclusiveGeometry,
  ) {
    this.memory = root.memory;
    this.partsWord = root.claimStruct(FREED_PARTS, Math.ceil(root.memory.maximumBytes / PAGE_BYTES)) >>> 2;
  }

  private wordOf(superblock: number): number {
    return this.partsWord + (superblock >>> 16);
  }

  /** Any thread frees the block that was given out at `offset`. @returns false when somebody has freed it before */
  set(superblock: number, c: number, offset: number): boolean {
    const { memory } = this;
    const bit = 1 << (offset >>> 4);
    if ((memory.or(liveWord(superblock, offset) + this.geometry.bitWords[c], bit) & bit) !== 0) return false;
    const part = 1 << (offset >>> this.geometry.partLog2[c]);
    const w = this.wordOf(superblock);
    if ((memory.load(w) & part) === 0) memory.or(w, part);
    return true;
  }

  /** Whether others may have freed blocks since the owner last collected them. Racy: an answer is late, never wrong for good. */
  any(superblock: number): boolean {
    return this.memory.racyLoad(this.wordOf(superblock)) !== 0;
  }

  /** Makes the next {@link take} look at every part, for freed blocks that a dead thread did not announce. */
  suspectAll(superblock: number): void {
    this.memory.store(this.wordOf(superblock), -1);
  }

  /** The owner clears the live bits of all blocks that others have freed, and visits their offsets. */
  take(superblock: number, c: number, visit: (offset: number) => void): void {
    const { memory } = this;
    const { partLog2, bitWords } = this.geometry;
    const first = liveWord(superblock, 0);
    const wordsPerPart = 1 << (partLog2[c] - 9);
    for (let parts = memory.exchange(this.wordOf(superblock), 0); parts !== 0; parts &= parts - 1) {
      const part = 31 - Math.clz32(parts & -parts);
      const end = Math.min((part + 1) * wordsPerPart, bitWords[c]);
      for (let w = first + part * wordsPerPart; w < first + end; w++) {
        const freed = memory.load(w + bitWords[c]);
        if (freed === 0) continue;
        const live = memory.i32[w];
        memory.i32[w] = live & ~freed;
        for (let bits = live & freed; bits !== 0; bits &= bits - 1) {
          visit((w - first) * 512 + (31 - Math.clz32(bits & -bits)) * 16);
        }
        memory.and(w + bitWords[c], ~freed);
      }
    }
  }
}
