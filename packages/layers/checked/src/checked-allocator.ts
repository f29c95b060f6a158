/**
 * An allocator that does what another does, and notices what is done wrong. A block is asked for with some bytes more on
 * both sides, marked in the header (see `block-marks.ts`) when it is complete, and unmarked before it is given back;
 * between a free and that it waits in quarantine. So the allocator below never sees a wrong address.
 *
 * What comes of misuse: a wrong address changes nothing. A live block that is found damaged when it is freed is withdrawn, and so is
 * a freed one that was written to: the error is thrown once, and its memory, with what lies around it, is never used again,
 * since nobody knows what else was hit. A resize of a damaged block is refused, and the block stays as it is.
 *
 * A mark is changed by the one thread that has the block in hand, and all that is written about a block is written by that
 * thread before the mark says so. One that is killed leaves the block in hand withdrawn, or unmarked and lost.
 */
import { HeapCorruptionError, type Allocator, type Inspector, type Root, type Visit } from "@heapwright/core";
import { Wrapper } from "@heapwright/combine";
import type { BlockRecord } from "./block-record.js";
import { GRANULE } from "./block-marks.js";
import { misuseOf, type Call } from "./diagnosis.js";
import { DamageError } from "./errors.js";
import { Evidence, FRONT_BYTES } from "./evidence.js";
import { FENCE_BYTES } from "./fences.js";
import type { CheckSettings } from "./settings.js";
import { Survey } from "./survey.js";

/** Addresses from below are multiples of this at least. */
const LEAST_ALIGNMENT = 8;
const ADDRESS_SPACE = 2 ** 32;
/** Blocks that the allocator below may leave unanswered for a second each, as it does while a lock of it is a dead thread's; others may have other locks. */
const FEW_UNANSWERED = 3;

export class CheckedAllocator extends Wrapper {
  readonly evidence: Evidence;
  private readonly survey: Survey;
  /** Writes into freed blocks that were found by calls that must not throw; told by the next free or check. */
  private readonly found: DamageError[] = [];
  /** The block that a resize has just been refused for: whoever moves it frees it, and must not be thrown anything by that. */
  private moving = 0;

  constructor(root: Root, inner: Allocator, settings: CheckSettings) {
    super(inner);
    this.evidence = new Evidence(root, settings);
    this.survey = new Survey(inner, this.evidence);
  }

  override allocate(bytes: number): number {
    return this.serve(GRANULE, bytes);
  }

  override allocateAligned(alignment: number, bytes: number): number {
    return this.serve(Math.max(alignment, GRANULE), bytes);
  }

  private serve(alignment: number, bytes: number): number {
    const room = FRONT_BYTES + bytes + FENCE_BYTES + alignment - LEAST_ALIGNMENT;
    const inner = room < ADDRESS_SPACE ? this.reserve(room) : 0;
    if (inner === 0) {
      // a resize that was refused moves nothing
      this.moving = 0;
      return 0;
    }
    const { evidence } = this;
    const address = Math.ceil((inner + FRONT_BYTES) / alignment) * alignment;
    if (evidence.marks.at(address) !== "none") throw new HeapCorruptionError(address, "checked", "the allocator below gave out a block that is in use");
    evidence.establish({
      address, size: bytes, inner, serial: evidence.nextSerial(), thread: evidence.threadId, site: evidence.callSites.here(), freedBy: 0, freeSite: 0,
    });
    evidence.poisonFresh(address, bytes);
    evidence.marks.change(address, "none", "live");
    return address;
  }

  /**
   * Memory from below; when there is none, all that waits in quarantine is given back first. But where that much waits for a
   * lock without a sign of life, there may be memory, and to give back is to wait again for each block: a few of these are enough.
   */
  private reserve(bytes: number): number {
    const address = this.inner.allocate(bytes);
    if (address !== 0) return address;
    let unanswered = 0;
    let released = 0;
    this.evidence.quarantine.drain((freed) => {
      if (this.releaseInTime(freed)) released++;
      else unanswered++;
      return unanswered < FEW_UNANSWERED ? "more" : "enough";
    });
    return released > 0 ? this.inner.allocate(bytes) : 0;
  }

  override free(address: number): void {
    this.withdraw(address, "free");
    const { evidence } = this;
    const record = evidence.examine(address);
    const freed = { freedBy: evidence.threadId, freeSite: evidence.callSites.here() };
    if (record instanceof DamageError) {
      this.bury(address, freed);
      throw record;
    }
    this.retire({ ...record, ...freed });
    if (address !== this.moving) this.tell();
    this.moving = 0;
  }

  /** Takes a live block in hand. @throws MisuseError when there is none, or another thread was quicker */
  private withdraw(address: number, call: Call): void {
    const { marks } = this.evidence;
    if (marks.at(address) !== "live" || !marks.change(address, "live", "withdrawn")) throw this.misuse(address, call);
  }

  private misuse(address: number, call: Call): Error {
    return misuseOf(this.evidence, (one) => this.inner.owns(one), address, call);
  }

  /** The block in hand waits from here on, or is given back at once when it is too large to wait. */
  private retire(record: BlockRecord): void {
    const { quarantine } = this.evidence;
    const { address, inner, size } = record;
    const bytes = address + size + FENCE_BYTES - inner;
    this.evidence.rewrite(record);
    this.evidence.poisonFreed(record);
    if (!quarantine.accepts(bytes)) return this.giveBack(record);
    this.wait(record);
    for (let oldest = quarantine.takeExcess(); oldest !== 0; oldest = quarantine.takeExcess()) this.release(oldest);
  }

  /** The block in hand waits; the one whose place it takes waits no longer. */
  private wait({ address, inner, size }: BlockRecord): void {
    const { quarantine, marks } = this.evidence;
    marks.change(address, "withdrawn", "quarantined");
    const displaced = quarantine.put(address, address + size + FENCE_BYTES - inner);
    if (displaced !== 0) this.release(displaced);
  }

  /** Gives a block back that was taken out of quarantine, unless somebody wrote to it meanwhile. */
  private release(address: number): void {
    const record = this.released(address);
    if (record !== undefined) this.giveBack(record);
  }

  /** The same if the allocator below answers in time; else the block waits again. @returns false when it does not answer */
  private releaseInTime(address: number): boolean {
    const record = this.released(address);
    if (record === undefined) return true;
    const answers = this.inner.usableSize(record.inner) >= 0;
    if (answers) this.giveBack(record);
    else this.wait(record);
    return answers;
  }

  /** A block that was taken out of quarantine, in hand; undefined when somebody wrote to it, or was quicker. */
  private released(address: number): BlockRecord | undefined {
    const { evidence } = this;
    if (!evidence.marks.change(address, "quarantined", "withdrawn")) return undefined;
    const record = evidence.examineFreed(address);
    if (!(record instanceof DamageError)) return record;
    this.bury(address, {});
    this.found.push(record);
    return undefined;
  }

  /** The block in hand is damaged and stays withdrawn. */
  private bury(address: number, freed: Partial<BlockRecord>): void {
    const record = this.evidence.recordOf(address);
    if (record !== undefined) this.evidence.obituaries.write({ ...record, ...freed }, "damaged");
  }

  private giveBack(record: BlockRecord): void {
    this.evidence.obituaries.write(record, "given back");
    this.evidence.marks.change(record.address, "withdrawn", "none");
    this.inner.free(record.inner);
  }

  /** @throws DamageError for a write into a freed block that has been found, each once */
  private tell(): void {
    const damage = this.found.shift();
    if (damage !== undefined) throw damage;
  }

  /** Exactly as many bytes as were asked for last. */
  override usableSize(address: number): number {
    const { evidence } = this;
    if (evidence.marks.at(address) !== "live") throw this.misuse(address, "use");
    const record = evidence.recordOf(address) ?? evidence.examine(address);
    if (record instanceof DamageError) throw record;
    return record.size;
  }

  /** In place whenever the block becomes smaller; what the allocator below cannot cut off stays with the block. */
  override resize(address: number, bytes: number): boolean {
    this.withdraw(address, "use");
    this.moving = address;
    try {
      const resized = this.resizeInHand(address, bytes);
      if (resized) this.moving = 0;
      return resized;
    } finally {
      this.evidence.marks.change(address, "withdrawn", "live");
    }
  }

  private resizeInHand(address: number, bytes: number): boolean {
    const { evidence, inner } = this;
    const record = evidence.examine(address);
    if (record instanceof DamageError) throw record;
    const room = address - record.inner + bytes + FENCE_BYTES;
    if (room >= ADDRESS_SPACE) return false;
    if (bytes < record.size) inner.resize(record.inner, room);
    else {
      const have = inner.usableSize(record.inner);
      if (have < 0 || (room > have && !inner.resize(record.inner, room))) return false;
    }
    evidence.establish({ ...record, size: bytes, serial: evidence.nextSerial(), thread: evidence.threadId, site: evidence.callSites.here() });
    if (bytes > record.size) evidence.poisonFresh(address + record.size, bytes - record.size);
    return true;
  }

  /** Fresh blocks are poisoned. */
  override isZero(): boolean {
    return false;
  }

  override walk(visit: Visit): void {
    this.survey.walk(visit);
  }

  override inspect(to: Inspector): number {
    return this.survey.inspect(to);
  }

  override check(): void {
    this.tell();
    this.inner.check();
    this.survey.check();
  }

  override metadataBytes(): number {
    return this.inner.metadataBytes() + this.survey.countBlocks() * (FRONT_BYTES + FENCE_BYTES);
  }

  override reclaim(threadId: number, slot: number): void {
    this.inner.reclaim(threadId, slot);
    this.evidence.quarantine.recount();
  }
}
