/**
 * Looks through all blocks: what the allocator below reports as live is split into what is whose, and everything that is
 * known of each block is compared with everything else that is known of it. Quiescent, but for {@link Survey.inspect}.
 */
import { HeapCorruptionError, type Allocator, type Extent, type Inspector, type Region, type RegionState, type Visit } from "@heapwright/core";
import type { Mark } from "./block-marks.js";
import { DamageError } from "./errors.js";
import { FRONT_BYTES, type Evidence } from "./evidence.js";
import { FENCE_BYTES } from "./fences.js";

const LAYER = "checked";
/** What a request is larger for the allocator below. */
const SURCHARGE = FRONT_BYTES + FENCE_BYTES + 8;

export class Survey {
  constructor(
    private readonly inner: Allocator,
    private readonly evidence: Evidence,
  ) {}

  walk(visit: Visit): void {
    const waiting = new Set(this.evidence.quarantine.addresses());
    this.inner.walk((region) => {
      const address = region.state === "live" ? this.blockIn(region) : 0;
      const mark = address === 0 ? "none" : this.evidence.marks.at(address);
      if (region.state !== "live") visit(region);
      else if (mark === "live") this.split(region, address, "live", visit);
      else if (waiting.has(address)) this.split(region, address, "cached", visit);
      // without a block, or with one that nobody will look for: it was in the hands of a thread that died
      else visit({ ...region, state: mark === "withdrawn" ? "waste" : "lost", layer: LAYER, block: 0 });
    });
  }

  /** The region of a block in pieces. */
  private split(region: Region, address: number, state: "live" | "cached", visit: Visit): void {
    const end = region.address + region.bytes;
    const size = this.evidence.recordOf(address)?.size ?? end - address;
    // a block of no bytes has an address all the same
    const behind = Math.min(address + Math.max(size, 1), end);
    const rest = Math.min(address + size + FENCE_BYTES, end);
    const piece = (from: number, to: number, use: RegionState): void => {
      if (to > from) visit({ address: from, bytes: to - from, state: use, layer: LAYER, block: use === "live" ? address : 0 });
    };
    // what an alignment has left before it is of no use to anybody
    piece(region.address, address - FRONT_BYTES, "waste");
    piece(Math.max(region.address, address - FRONT_BYTES), address, "metadata");
    piece(address, behind, state);
    piece(behind, rest, "metadata");
    piece(rest, end, "waste");
  }

  /** The address of the block that a live region of the allocator below holds, or 0. */
  private blockIn({ address, bytes, block }: Region): number {
    return this.evidence.marks.next(block, address + bytes);
  }

  /** @throws HeapCorruptionError for the first thing that does not agree with the others */
  check(): void {
    const { evidence } = this;
    const waiting = evidence.quarantine.addresses();
    const waits = new Set(waiting);
    let blocks = 0;
    let found = 0;
    this.inner.walk((region) => {
      const address = region.state === "live" ? this.blockIn(region) : 0;
      if (address === 0) return;
      blocks++;
      if (this.checkBlock(address, region.block) === "quarantined" && waits.has(address)) found++;
    });
    const marked = this.countBlocks();
    if (marked !== blocks) this.complain(0, `${marked} blocks are marked, and the allocator below holds ${blocks} of them`);
    if (found !== waiting.length) this.complain(0, `${waiting.length} blocks are in quarantine, ${found} of them freed ones`);
    if (!evidence.quarantine.countIsRight() && !evidence.deathIsPossible()) this.complain(0, "the bytes in quarantine are counted wrong");
  }

  /** @returns its mark */
  private checkBlock(address: number, inner: number): Mark {
    const { evidence } = this;
    const mark = evidence.marks.at(address);
    if (mark === "withdrawn") return mark;
    const record = mark === "live" ? evidence.examine(address) : evidence.examineFreed(address);
    if (record instanceof DamageError) throw record;
    if (record.inner !== inner) this.complain(address, `the block's memory begins at ${record.inner}, and the allocator below says ${inner}`);
    if ((record.freedBy === 0) !== (mark === "live")) this.complain(address, `the block is marked ${mark}, and its record says otherwise`);
    return mark;
  }

  private complain(address: number, what: string): never {
    throw new HeapCorruptionError(address, LAYER, what);
  }

  /** Blocks that are marked, whatever as. Any thread, at any time. */
  countBlocks(): number {
    const { memory, marks } = this.evidence;
    memory.reach(Number.MAX_SAFE_INTEGER);
    let count = 0;
    marks.forEach(memory.end, () => count++);
    return count;
  }

  /**
   * Extents of the allocator below, in which blocks are counted by their marks and sizes. Blocks in quarantine are kept by
   * the threads that freed them. Any thread, at any time.
   */
  inspect(to: Inspector): number {
    const largest = this.inner.inspect({
      extent: (extent) => to.extent(extent.use === "blocks" ? this.recounted(extent) : extent),
      cached: (blocks) => to.cached(blocks),
    });
    for (const [threadId, blocks] of this.waitingByThread()) to.cached({ layer: LAYER, threadId, blockBytes: 0, blocks });
    return Math.max(0, largest - SURCHARGE);
  }

  private recounted(extent: Extent): Extent {
    const { marks, memory } = this.evidence;
    const end = Math.min(extent.address + extent.bytes, memory.end);
    let marked = 0;
    let liveBlocks = 0;
    let liveBytes = 0;
    for (let at = marks.next(extent.address, end); at !== 0; at = at + FRONT_BYTES < end ? marks.next(at + FRONT_BYTES, end) : 0) {
      marked++;
      if (marks.at(at) === "withdrawn") continue;
      liveBlocks++;
      liveBytes += Math.max(this.evidence.recordOf(at)?.size ?? 0, 1);
    }
    // what threads keep in caches below is not marked, and of equal blocks
    const unmarked = Math.max(0, extent.liveBlocks - marked);
    liveBytes += extent.blockBytes === 0 ? 0 : unmarked * (extent.liveBytes / extent.liveBlocks || 0);
    return { ...extent, blockBytes: 0, liveBlocks: liveBlocks + unmarked, liveBytes: Math.min(liveBytes, extent.bytes - extent.freeBytes), slackBytes: 0 };
  }

  private waitingByThread(): Map<number, number> {
    const counts = new Map<number, number>();
    for (const address of this.evidence.quarantine.addresses()) {
      const thread = this.evidence.recordOf(address)?.freedBy || this.evidence.threadId;
      counts.set(thread, (counts.get(thread) ?? 0) + 1);
    }
    return counts;
  }
}
