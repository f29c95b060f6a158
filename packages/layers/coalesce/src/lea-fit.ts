/**
 * Where Lea's malloc (2.8) looks for a free block: exact small bins, the designated victim, larger bins and tries, and
 * at last the top. The two blocks that are free but in no bin are what it adds to {@link BinsAndTries}. The victim is what
 * was left of the block that last served a small request; small requests are cut from it one after another, so that what
 * is asked for together lies together. The top is the free block at the end of the newest span, the only one that can
 * grow, and is broken into only when nothing else will do.
 *
 * Serve from the front: a rest that kept its address would never become the top.
 */
import { HeapCorruptionError, i32, struct, type Memory, type Root } from "@heapwright/core";
import { bytesOf } from "./block-tags.js";
import type { FreeIndex, Origin } from "./free-index.js";
import { SizeTries } from "./size-tries.js";
import { SMALL_LIMIT, SmallBins } from "./small-bins.js";
import type { SpanList } from "./span-list.js";

export const LEA_FIT = struct("LeaFit", {
  /** the designated victim, or 0; under the heap's lock, as below */
  victim: i32(),
  /** the free block that ends where the newest span ends, or 0 */
  top: i32(),
});

const LAYER = "victim and top";

export class LeaFit implements FreeIndex {
  readonly minimumBytes = 16;
  private readonly memory: Memory;
  private readonly victimWord: number;
  private readonly topWord: number;
  private readonly small: SmallBins;
  private readonly large: SizeTries;
  /** Whether the rest of the block taken last is to be the victim; only the calls of that same operation ask. */
  private restIsVictim = false;
  /** Where the victim lay that was taken out of its own accord: what is filed next in its place inherits. */
  private goneFrom = 0;
  private goneTo = 0;

  constructor(
    root: Root,
    private readonly spans: SpanList,
  ) {
    this.memory = root.memory;
    const w = root.claimStruct(LEA_FIT) >>> 2;
    this.victimWord = w + LEA_FIT.victim;
    this.topWord = w + LEA_FIT.top;
    this.small = new SmallBins(root);
    this.large = new SizeTries(root);
  }

  take(bytes: number): number {
    this.goneTo = 0;
    this.restIsVictim = false;
    const block = bytes < SMALL_LIMIT ? this.takeSmall(bytes) : this.takeLarge(bytes);
    if (block !== 0) return block;
    const { i32 } = this.memory;
    const top = i32[this.topWord] >>> 0;
    // all of it, too: whatever is freed at the end of the newest span, or added there, is a top again
    if (top === 0 || bytesOf(i32, top) < bytes) return 0;
    i32[this.topWord] = 0;
    return top;
  }

  /** An exact fit; the victim; the smallest that is larger. The victim comes before a better fit: neighbours in time stay neighbours in space. */
  private takeSmall(bytes: number): number {
    const exact = this.small.takeExact(bytes);
    if (exact !== 0) return exact;
    this.restIsVictim = true;
    const { i32 } = this.memory;
    const victim = i32[this.victimWord] >>> 0;
    if (victim !== 0 && bytesOf(i32, victim) >= bytes) {
      i32[this.victimWord] = 0;
      return victim;
    }
    const block = this.small.find(bytes) || this.large.find(bytes);
    if (block !== 0) this.unfile(block, bytesOf(i32, block));
    return block;
  }

  /** The smallest that fits, unless the victim fits better. */
  private takeLarge(bytes: number): number {
    const { i32 } = this.memory;
    const victim = i32[this.victimWord] >>> 0;
    const victimBytes = victim === 0 ? 0 : bytesOf(i32, victim);
    const block = this.large.find(bytes);
    const blockBytes = block === 0 ? Infinity : bytesOf(i32, block);
    this.restIsVictim = victimBytes >= bytes && victimBytes <= blockBytes;
    if (this.restIsVictim) {
      i32[this.victimWord] = 0;
      return victim;
    }
    if (block !== 0) this.large.remove(block, blockBytes);
    return block;
  }

  insert(block: number, bytes: number, origin: Origin): void {
    if (origin === "fresh" || this.endsNewestSpan(block, bytes)) this.makeTop(block);
    else if ((origin === "rest" && this.restIsVictim) || this.inherits(block, bytes)) this.makeVictim(block);
    else this.file(block, bytes);
    this.goneTo = 0;
  }

  private endsNewestSpan(block: number, bytes: number): boolean {
    return block + bytes === this.spans.newestEnd();
  }

  /** Whether the victim has just become part of this block, or this block is what is left of it. */
  private inherits(block: number, bytes: number): boolean {
    return block < this.goneTo && block + bytes > this.goneFrom && this.memory.i32[this.victimWord] === 0;
  }

  /** What was the top of an older span is a block like others. */
  private makeTop(block: number): void {
    const { i32 } = this.memory;
    const old = i32[this.topWord] >>> 0;
    i32[this.topWord] = block;
    if (old !== 0) this.file(old, bytesOf(i32, old));
  }

  private makeVictim(block: number): void {
    const { i32 } = this.memory;
    const old = i32[this.victimWord] >>> 0;
    i32[this.victimWord] = block;
    if (old !== 0) this.file(old, bytesOf(i32, old));
  }

  remove(block: number, bytes: number): void {
    const { i32 } = this.memory;
    if (block === i32[this.topWord] >>> 0) {
      i32[this.topWord] = 0;
    } else if (block === i32[this.victimWord] >>> 0) {
      i32[this.victimWord] = 0;
      this.goneFrom = block;
      this.goneTo = block + bytes;
    } else {
      this.unfile(block, bytes);
    }
  }

  resize(block: number, from: number, to: number): void {
    const { i32 } = this.memory;
    if (block === i32[this.topWord] >>> 0) return;
    if (block !== i32[this.victimWord] >>> 0) this.unfile(block, from);
    else if (this.endsNewestSpan(block, to)) i32[this.victimWord] = 0;
    else return;
    this.insert(block, to, "freed");
  }

  clear(): void {
    const { i32 } = this.memory;
    i32[this.victimWord] = 0;
    i32[this.topWord] = 0;
    this.goneTo = 0;
    this.small.clear();
    this.large.clear();
  }

  walk(visit: (block: number) => void): void {
    const { i32 } = this.memory;
    for (const w of [this.victimWord, this.topWord]) if (i32[w] !== 0) visit(i32[w] >>> 0);
    this.small.walk(visit);
    this.large.walk(visit);
  }

  check(): void {
    const { i32 } = this.memory;
    const top = i32[this.topWord] >>> 0;
    if (top !== 0 && !this.endsNewestSpan(top, bytesOf(i32, top))) throw new HeapCorruptionError(top, LAYER, "the top does not end where the newest span ends");
    this.small.check();
    this.large.check();
  }

  private file(block: number, bytes: number): void {
    if (bytes < SMALL_LIMIT) this.small.insert(block, bytes);
    else this.large.insert(block, bytes);
  }

  private unfile(block: number, bytes: number): void {
    if (bytes < SMALL_LIMIT) this.small.remove(block, bytes);
    else this.large.remove(block, bytes);
  }
}
