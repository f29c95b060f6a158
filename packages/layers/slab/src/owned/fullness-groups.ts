/**
 * A heap's superblocks of one class, in doubly linked lists by how full they are (section 3.2 of the paper: "bins").
 * With G groups, group g holds those with at least g/G and less than (g+1)/G of their blocks in use, and group G the
 * full ones. With f = 1/G, "at least f empty" is to be in a group below G - 1, so that both questions take G steps:
 * the fullest with room (a block is always taken from it, which lets the others become empty) and the emptiest.
 *
 * All words here are plain and belong to the holder of the heap's lock.
 */
import { HeapCorruptionError, i32, struct, type Memory } from "@heapwright/core";
import { SUPERBLOCK } from "./superblock-geometry.js";
import type { Superblocks } from "./superblocks.js";

/** Counted in blocks, so that nothing is rounded. The heads of the groups follow, G + 1 words. */
export const OWNED_CLASS = struct("OwnedClass", {
  /** u of the paper: live blocks in this heap's superblocks of this class; plain, under the heap's lock */
  used: i32(),
  /** a of the paper: all blocks of these superblocks; plain, under the heap's lock */
  held: i32(),
});

const HEADS = OWNED_CLASS.bytes >>> 2;
const { used: USED, group: GROUP, next: NEXT, previous: PREVIOUS } = SUPERBLOCK;

export class FullnessGroups {
  readonly #stride: number;

  /**
   * @param address of `classes` records, {@link FullnessGroups.bytes} in all
   * @param groups G, without the group of the full ones
   */
  constructor(
    private readonly memory: Memory,
    private readonly address: number,
    private readonly superblocks: Superblocks,
    readonly groups: number,
  ) {
    this.#stride = HEADS + groups + 1;
  }

  /** Bytes of the records of all classes. */
  static bytes(classes: number, groups: number): number {
    return classes * (OWNED_CLASS.bytes + (groups + 1) * 4);
  }

  /** Word index of the {@link OWNED_CLASS} of class `c`. */
  record(c: number): number {
    return (this.address >>> 2) + c * this.#stride;
  }

  /** The fullest superblock that has room, the one that came last among equals; 0 when there is none. */
  fullest(c: number): number {
    const heads = this.record(c) + HEADS;
    for (let g = this.groups - 1; g >= 0; g--) {
      const s = this.memory.i32[heads + g];
      if (s !== 0) return s >>> 0;
    }
    return 0;
  }

  /** One of the emptiest group; 0 when there is none with room. */
  emptiest(c: number): number {
    const heads = this.record(c) + HEADS;
    for (let g = 0; g < this.groups; g++) {
      const s = this.memory.i32[heads + g];
      if (s !== 0) return s >>> 0;
    }
    return 0;
  }

  /** One without any live block; 0 when there is none. */
  empty(c: number): number {
    const { i32 } = this.memory;
    const record = this.record(c);
    if (i32[record + OWNED_CLASS.held] - i32[record + OWNED_CLASS.used] < this.superblocks.geometry.capacity[c]) return 0;
    let s = i32[record + HEADS] >>> 0;
    while (s !== 0 && i32[(s >>> 2) + USED] !== 0) s = i32[(s >>> 2) + NEXT] >>> 0;
    return s;
  }

  insert(s: number, c: number): void {
    this.link(s, c, this.groupFor(this.memory.i32[(s >>> 2) + USED], c));
  }

  private link(s: number, c: number, group: number): void {
    const { i32 } = this.memory;
    const w = s >>> 2;
    const head = this.record(c) + HEADS + group;
    const next = i32[head] >>> 0;
    i32[w + GROUP] = group;
    i32[w + PREVIOUS] = 0;
    i32[w + NEXT] = next;
    if (next !== 0) i32[(next >>> 2) + PREVIOUS] = s;
    i32[head] = s;
  }

  remove(s: number, c: number): void {
    const { i32 } = this.memory;
    const w = s >>> 2;
    const next = i32[w + NEXT] >>> 0;
    const previous = i32[w + PREVIOUS] >>> 0;
    if (next !== 0) i32[(next >>> 2) + PREVIOUS] = previous;
    if (previous !== 0) i32[(previous >>> 2) + NEXT] = next;
    else i32[this.record(c) + HEADS + i32[w + GROUP]] = next;
  }

  /** Moves a superblock whose use has changed to the front of the group it belongs to now. */
  update(s: number, c: number): void {
    const { i32 } = this.memory;
    const group = this.groupFor(i32[(s >>> 2) + USED], c);
    if (group === i32[(s >>> 2) + GROUP]) return;
    this.remove(s, c);
    this.link(s, c, group);
  }

  private groupFor(used: number, c: number): number {
    // capacity itself gives G, the group of the full ones
    return Math.floor((used * this.groups) / this.superblocks.geometry.capacity[c]);
  }

  /** Forgets all superblocks of all classes, and their statistics. */
  clear(): void {
    const { capacity } = this.superblocks.geometry;
    this.memory.i32.fill(0, this.record(0), this.record(capacity.length));
  }

  /** Visits the superblocks of a class, after a look at the links. @throws HeapCorruptionError */
  check(c: number, visit: (s: number) => void): void {
    const { i32 } = this.memory;
    for (let g = 0; g <= this.groups; g++) {
      let previous = 0;
      for (let s = i32[this.record(c) + HEADS + g] >>> 0; s !== 0; s = i32[(s >>> 2) + NEXT] >>> 0) {
        const w = s >>> 2;
        if (i32[w + PREVIOUS] >>> 0 !== previous) throw new HeapCorruptionError(s, "fullness groups", "its neighbour does not know it");
        const right = this.groupFor(i32[w + USED], c);
        if (i32[w + GROUP] !== g || right !== g) {
          throw new HeapCorruptionError(s, "fullness groups", `with ${i32[w + USED]} live blocks it is in the list of group ${g}, not ${right}`);
        }
        visit(s);
        previous = s;
      }
    }
  }
}
