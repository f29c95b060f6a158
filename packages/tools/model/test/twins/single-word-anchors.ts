/**
 * Slabs whose anchor is a single word without a tag, as in Mono: who allocates takes the superblock's descriptor out of
 * Active, or off the partial list, and so is alone with it, which is why pops need no tag. Who frees is not; and who frees
 * the last block looks for the descriptor in Active by a compare-and-swap, behind which it may have begun another life.
 *
 * Not a layer of the repository: what is shown here is that the look afterwards ({@link settle}) is what makes it right.
 */
import { packed, type Memory } from "@heapwright/core";
import { TaggedStack } from "@heapwright/freelist";
import { blocksOf, type Actor, type Scenario } from "@heapwright/model";
import { HEAD, type Code } from "../scenarios/case.js";

const WORD = packed("SingleWordAnchor", { avail: 15, count: 15, state: 2 });
const FULL = 0;
const PARTIAL = 1;
const EMPTY = 2;
const BLOCKS = 2;
const BLOCK_BYTES = 64;

const ACTIVE = HEAD >>> 2;
const PARTIALS = HEAD + 128;
const POOL = HEAD + 256;
/** Descriptors, an anchor and a link each; descriptor `d` has the blocks from `d * 16` on. */
const FIRST = 1024;
const DESCRIPTORS = 3;
const DESCRIPTOR_BYTES = (BLOCKS * BLOCK_BYTES) / 16;

const blockAt = (descriptor: number, index: number): number => descriptor * 16 + index * BLOCK_BYTES;
const anchorOf = (avail: number, count: number, state: number): number => WORD.avail.set(WORD.count.set(WORD.state.set(0, state), count), avail);

export class SingleWordSlabs {
  private readonly partials: TaggedStack;
  protected readonly pool: TaggedStack;

  constructor(protected readonly memory: Memory) {
    this.partials = new TaggedStack(memory, PARTIALS, { linkOffset: 4 });
    this.pool = new TaggedStack(memory, POOL, { linkOffset: 4 });
  }

  format(): void {
    for (let i = 0; i < DESCRIPTORS; i++) this.pool.push(FIRST + i * DESCRIPTOR_BYTES);
  }

  allocate(): number {
    for (;;) {
      const descriptor = this.memory.exchange(ACTIVE, 0) || this.partials.pop() || this.make();
      if (descriptor === 0) return 0;
      const block = this.popFrom(descriptor);
      if (block !== 0) return block;
    }
  }

  private make(): number {
    const descriptor = this.pool.pop();
    if (descriptor === 0) return 0;
    for (let i = 0; i < BLOCKS; i++) this.memory.i32[blockAt(descriptor, i) >>> 2] = i + 1;
    this.memory.store(descriptor >>> 2, anchorOf(0, BLOCKS, PARTIAL));
    return descriptor;
  }

  /** The caller has the descriptor in hand. @returns 0 when it was EMPTY, and has been retired */
  private popFrom(descriptor: number): number {
    const { memory } = this;
    for (;;) {
      const anchor = memory.load(descriptor >>> 2);
      if (WORD.state.get(anchor) === EMPTY) {
        this.pool.push(descriptor);
        return 0;
      }
      const block = blockAt(descriptor, WORD.avail.get(anchor));
      const left = WORD.count.get(anchor) - 1;
      const renewed = anchorOf(memory.i32[block >>> 2], left, left === 0 ? FULL : PARTIAL);
      // Success makes the block ours. Failure: somebody freed one.
      if (!memory.cas(descriptor >>> 2, anchor, renewed)) continue;
      if (left > 0) this.list(descriptor);
      return block;
    }
  }

  private list(descriptor: number): void {
    // Success publishes the descriptor, which is no longer in our hands. Failure: there is another one.
    if (!this.memory.cas(ACTIVE, 0, descriptor)) this.partials.push(descriptor);
  }

  free(block: number): void {
    const { memory } = this;
    const descriptor = FIRST + Math.floor((block / 16 - FIRST) / DESCRIPTOR_BYTES) * DESCRIPTOR_BYTES;
    for (;;) {
      const anchor = memory.load(descriptor >>> 2);
      memory.i32[block >>> 2] = WORD.avail.get(anchor);
      const count = WORD.count.get(anchor) + 1;
      const state = count === BLOCKS ? EMPTY : PARTIAL;
      // Success publishes the block as free. Failure: somebody popped or pushed.
      if (!memory.cas(descriptor >>> 2, anchor, anchorOf((block - blockAt(descriptor, 0)) / BLOCK_BYTES, count, state))) continue;
      if (state === EMPTY) this.removeEmpty(descriptor);
      else if (WORD.state.get(anchor) === FULL) this.list(descriptor);
      return;
    }
  }

  private removeEmpty(descriptor: number): void {
    // Success takes the descriptor into our hands, in whichever life it is. Failure: whoever meets it retires it.
    if (this.memory.cas(ACTIVE, descriptor, 0)) this.settle(descriptor);
  }

  protected settle(descriptor: number): void {
    if (WORD.state.get(this.memory.load(descriptor >>> 2)) === EMPTY) this.pool.push(descriptor);
    else this.list(descriptor);
  }
}

/** As it was at first: what the compare-and-swap took out of Active is retired unseen. */
export class UnfixedSlabs extends SingleWordSlabs {
  protected override settle(descriptor: number): void {
    this.pool.push(descriptor);
  }
}

const allocate = (slabs: SingleWordSlabs, actor: Actor): number => actor.perform("allocate", BLOCK_BYTES, () => slabs.allocate());

/** One block is there when the threads begin. */
const PRESENT = blockAt(FIRST + (DESCRIPTORS - 1) * DESCRIPTOR_BYTES, 0);

const freeAndTake: Code<SingleWordSlabs> = (slabs, actor) => {
  actor.perform("free", PRESENT, () => slabs.free(PRESENT));
  allocate(slabs, actor);
};
const takeTwo: Code<SingleWordSlabs> = (slabs, actor) => {
  allocate(slabs, actor);
  allocate(slabs, actor);
};

export function singleWordScenario(name: string, Slabs: typeof SingleWordSlabs): Scenario<SingleWordSlabs> {
  return {
    name,
    start(memory) {
      const slabs = new SingleWordSlabs(memory);
      slabs.format();
      if (slabs.allocate() !== PRESENT) throw new Error("the first block is elsewhere");
      return slabs;
    },
    join: (memory) => new Slabs(memory),
    threads: [freeAndTake, takeTwo],
    specification: { ...blocksOf((bytes) => bytes), initial: [{ address: PRESENT, bytes: BLOCK_BYTES }] },
  };
}
