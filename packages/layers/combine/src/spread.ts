/**
 * Several allocators of one kind in one memory, over which threads are spread, so that they wait for each other less: the
 * mspaces of Lea's malloc. All are one owner in the page map; the value of a page's note says which of them has it, so
 * any thread's free finds the right one, and there can be more of them than owners.
 *
 * A thread whose own member has no memory is served by another: what one does not need must not be missing elsewhere.
 */
import { InvalidAddressError, PAGE_NOTE, type Inspector, type PageMap, type Progress, type Root, type Visit } from "@heapwright/core";
import type { Holding } from "./direct-spans.js";

export class Spread<Member extends Holding> implements Holding {
  readonly progress: Progress;
  /** The member that serves the calling thread. */
  readonly own: Member;
  /** Position of {@link own}. */
  private readonly first: number;

  /**
   * @param owner that all members note their pages with
   * @param members each with its position here as the value of its notes
   */
  constructor(
    root: Root,
    private readonly map: PageMap,
    private readonly owner: number,
    readonly members: readonly Member[],
  ) {
    this.first = root.threads.slot % members.length;
    this.own = members[this.first];
    this.progress = this.own.progress;
  }

  allocate(bytes: number): number {
    return this.own.allocate(bytes) || this.inTurn((member) => member.allocate(bytes));
  }

  allocateAligned(alignment: number, bytes: number): number {
    return this.own.allocateAligned(alignment, bytes) || this.inTurn((member) => member.allocateAligned(alignment, bytes));
  }

  allocateHeld(bytes: number): number {
    return this.own.allocateHeld(bytes);
  }

  /** All others, and then all once more, when each has given back the pages that it can do without. */
  private inTurn(attempt: (member: Member) => number): number {
    return this.firstOf(1, attempt) || (this.members.length > 1 ? this.afterTrim(attempt) : 0);
  }

  private afterTrim(attempt: (member: Member) => number): number {
    this.trim();
    return this.firstOf(0, attempt);
  }

  /** @param skipped how many members to leave out, from the thread's own on */
  private firstOf(skipped: number, attempt: (member: Member) => number): number {
    const { members } = this;
    for (let i = skipped; i < members.length; i++) {
      const address = attempt(members[(this.first + i) % members.length]);
      if (address !== 0) return address;
    }
    return 0;
  }

  /** The member whose page `address` lies in; undefined when it is none's. */
  memberAt(address: number): Member | undefined {
    const note = this.map.noteAt(address);
    return PAGE_NOTE.owner.get(note) === this.owner ? this.members[PAGE_NOTE.value.get(note)] : undefined;
  }

  private ownerOf(address: number): Member {
    const member = this.memberAt(address);
    if (member === undefined) throw new InvalidAddressError(address, "its page holds no blocks");
    return member;
  }

  free(address: number): void {
    this.ownerOf(address).free(address);
  }

  owns(address: number): boolean {
    return this.memberAt(address) !== undefined;
  }

  usableSize(address: number): number {
    return this.ownerOf(address).usableSize(address);
  }

  resize(address: number, bytes: number): boolean {
    return this.ownerOf(address).resize(address, bytes);
  }

  isZero(address: number, bytes: number): boolean {
    return this.ownerOf(address).isZero(address, bytes);
  }

  trim(): void {
    for (const member of this.members) member.trim();
  }

  walk(visit: Visit): void {
    for (const member of this.members) member.walk(visit);
  }

  inspect(to: Inspector): number {
    return Math.max(...this.members.map((member) => member.inspect(to)));
  }

  check(): void {
    for (const member of this.members) member.check();
  }

  metadataBytes(): number {
    return this.members.reduce((sum, member) => sum + member.metadataBytes(), 0);
  }

  reclaim(threadId: number, slot: number): void {
    for (const member of this.members) member.reclaim(threadId, slot);
  }

  leave(): void {
    for (const member of this.members) member.leave();
  }
}
