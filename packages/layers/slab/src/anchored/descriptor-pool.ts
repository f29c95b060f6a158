/**
 * The descriptors that no superblock uses (DescAvail, Michael 2004, figure 7). A stack with a tag, for the paper asks
 * for a pop that is safe from ABA. Descriptors are made in batches and never given back, so a stale address of one
 * still names a descriptor.
 *
 * A descriptor is pushed here only by a thread that has it in hand, see {@link PartialLists}; so it is in no other list.
 */
import { i32, struct, type Memory, type Root } from "@heapwright/core";
import { TAGGED_STACK, TaggedStack } from "@heapwright/freelist";
import { DESCRIPTOR } from "./descriptor.js";
import type { MetadataArena } from "./metadata-arena.js";

export const DESCRIPTOR_POOL = struct("DescriptorPool", {
  /** descriptors made so far; atomic add by who makes some, before the others can take them */
  made: i32(),
}, { align: 128 });

/** Descriptors made at once. */
const BATCH = 16;

export class DescriptorPool {
  private readonly memory: Memory;
  private readonly available: TaggedStack;
  private readonly w: number;

  constructor(
    root: Root,
    private readonly arena: MetadataArena,
  ) {
    this.memory = root.memory;
    this.w = root.claimStruct(DESCRIPTOR_POOL) >>> 2;
    this.available = new TaggedStack(root.memory, root.claimStruct(TAGGED_STACK), { linkOffset: DESCRIPTOR.next * 4 });
  }

  /** A descriptor for the caller, within its views, or 0 when there is no memory for more. */
  take(): number {
    const descriptor = this.available.pop() || this.make();
    if (descriptor + DESCRIPTOR.bytes > this.memory.end) this.memory.reach(descriptor + DESCRIPTOR.bytes - 1);
    return descriptor;
  }

  private make(): number {
    const first = this.arena.allocate(BATCH * DESCRIPTOR.bytes);
    // others may have retired some meanwhile
    if (first === 0) return this.available.pop();
    const last = first + (BATCH - 1) * DESCRIPTOR.bytes;
    const { i32 } = this.memory;
    for (let at = first; at < last; at += DESCRIPTOR.bytes) i32[(at >>> 2) + DESCRIPTOR.next] = at + DESCRIPTOR.bytes;
    this.memory.add(this.w + DESCRIPTOR_POOL.made, BATCH);
    this.available.pushChain(first + DESCRIPTOR.bytes, last);
    return first;
  }

  /** Whether {@link take} would give one, without a new page. Racy. */
  canTake(): boolean {
    return !this.available.isEmpty() || this.arena.hasRoom(BATCH * DESCRIPTOR.bytes);
  }

  /** Takes back a descriptor that the caller has in hand. */
  retire(descriptor: number): void {
    this.available.push(descriptor);
  }

  /** Whether a word that was read somewhere can be the address of a descriptor; if so it is within the caller's views. */
  isDescriptor(address: number): boolean {
    return address % DESCRIPTOR.align === 0 && this.arena.holds(address, DESCRIPTOR.bytes);
  }

  /** How many descriptors there are, wherever they are. */
  made(): number {
    return this.memory.load(this.w + DESCRIPTOR_POOL.made);
  }

  /** Visits all that are available. Quiescent. */
  each(visit: (descriptor: number) => void): void {
    this.available.nodes(visit);
  }
}
