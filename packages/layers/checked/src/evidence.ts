/**
 * All that is known of the blocks of a heap, and what it says: marks, records, fences, poison, and the memory of those that
 * are gone. It judges; what follows from a judgement is the allocator's business.
 *
 * How a block lies in what the allocator below gave:
 *
 *   inner | padding | record 32 | fence 16 | block, `size` bytes | fence 16 | rest
 */
import { i32, struct, type Memory, type Root } from "@heapwright/core";
import { BLOCK_RECORD, readRecord, writeRecord, type BlockRecord } from "./block-record.js";
import { BlockMarks } from "./block-marks.js";
import { CallSites } from "./call-sites.js";
import { DamageError, type BlockHistory } from "./errors.js";
import { breachOf, FENCE_BYTES, raiseFences, type Breach } from "./fences.js";
import { Obituaries } from "./obituaries.js";
import { FREED, FRESH, Poison } from "./poison.js";
import { Quarantine } from "./quarantine.js";
import { placesIn, siteBytesIn, type CheckSettings } from "./settings.js";
import { SiteTable } from "./site-table.js";

export const CHECKED = struct("Checked", {
  /** allocations so far, counted round after 2^32; atomic add */
  serial: i32(),
}, { align: 128 });

/** Bytes before a block that are not its owner's. */
export const FRONT_BYTES = BLOCK_RECORD.bytes + FENCE_BYTES;

export class Evidence {
  readonly memory: Memory;
  readonly marks: BlockMarks;
  readonly quarantine: Quarantine;
  readonly obituaries: Obituaries;
  readonly sites: SiteTable;
  readonly callSites: CallSites;
  readonly threadId: number;
  private readonly poison: Poison;
  private readonly words: number;

  constructor(
    private readonly root: Root,
    settings: CheckSettings,
  ) {
    const { memory } = root;
    this.memory = memory;
    this.threadId = root.threads.id;
    this.words = root.claimStruct(CHECKED) >>> 2;
    const places = placesIn(memory.maximumBytes, settings);
    this.marks = new BlockMarks(root);
    this.quarantine = new Quarantine(root, places, settings.quarantineBytes);
    this.obituaries = new Obituaries(root, places);
    this.sites = new SiteTable(root, siteBytesIn(memory.maximumBytes, settings));
    this.callSites = new CallSites(this.sites, settings.sites, settings.siteSample);
    this.poison = new Poison(memory, settings.poisonBytes);
  }

  /** The number of the allocation made last. */
  serial(): number {
    return this.memory.load(this.words + CHECKED.serial);
  }

  /** A number for one more allocation. */
  nextSerial(): number {
    return (this.memory.add(this.words + CHECKED.serial, 1) + 1) | 0;
  }

  /** Writes down what a block is, with fences around it. The calling thread has it in hand. */
  establish(record: BlockRecord): void {
    this.memory.reach(record.address + record.size + FENCE_BYTES - 1);
    raiseFences(this.memory, record.address, record.size);
    this.rewrite(record);
  }

  rewrite(record: BlockRecord): void {
    writeRecord(this.memory, (record.address - FRONT_BYTES) >>> 2, record);
  }

  poisonFresh(address: number, bytes: number): void {
    this.poison.fill(address, bytes, FRESH);
  }

  poisonFreed({ address, size }: BlockRecord): void {
    this.poison.fill(address, size, FREED);
  }

  /** The record of the block at an address that is, or was, marked; undefined when it was overwritten. */
  recordOf(address: number): BlockRecord | undefined {
    this.memory.reach(address);
    return readRecord(this.memory, (address - FRONT_BYTES) >>> 2, address);
  }

  /** Looks at what stands around a block, live or freed. @returns its record when all is well */
  examine(address: number): BlockRecord | DamageError {
    const record = this.recordOf(address);
    if (record === undefined) {
      return new DamageError(address, "overwritten record", `the ${BLOCK_RECORD.bytes} bytes that stand ${FRONT_BYTES} bytes before the block were written to`, undefined);
    }
    this.memory.reach(address + record.size + FENCE_BYTES - 1);
    const breach = breachOf(this.memory, address, record.size);
    return breach === undefined ? record : this.damageBy(breach, record);
  }

  private damageBy({ side, offset, found, expected, count }: Breach, record: BlockRecord): DamageError {
    const where = `byte ${offset} of the ${nameOf(record)} is ${hex(found)} instead of ${hex(expected)}`;
    const extent = count === 1 ? "1 byte outside the block was" : `${count} bytes outside the block were`;
    return new DamageError(record.address, side === "before" ? "underflow" : "overflow", `${where}; ${extent} written to`, this.historyOf(record));
  }

  /** The same of a freed block, and looks whether it was written to. */
  examineFreed(address: number): BlockRecord | DamageError {
    const record = this.examine(address);
    if (record instanceof DamageError) return record;
    const offset = this.poison.spoiledAt(address, record.size, FREED);
    if (offset < 0) return record;
    const what = `byte ${offset} of the ${nameOf(record)} is ${hex(this.memory.u8[address + offset])} instead of ${hex(FREED)}`;
    return new DamageError(address, "use after free", what, this.historyOf(record));
  }

  /** With sites as text. */
  historyOf(record: BlockRecord): BlockHistory {
    const { address, size, serial, thread, freedBy } = record;
    return { address, size, serial: serial >>> 0, thread, site: this.sites.textOf(record.site), freedBy, freeSite: this.sites.textOf(record.freeSite) };
  }

  /** Visits every live block whose record is whole. Racy: blocks that others have in hand may be left out. */
  forEachLive(visit: (record: BlockRecord) => void): void {
    this.memory.reach(Number.MAX_SAFE_INTEGER);
    this.marks.forEach(this.memory.end, (address) => {
      const record = this.marks.at(address) === "live" ? this.recordOf(address) : undefined;
      if (record !== undefined) visit(record);
    });
  }

  deathIsPossible(): boolean {
    return this.root.threads.deathIsPossible();
  }
}

/** How messages name a block. */
export function nameOf({ size, freedBy }: { readonly size: number; readonly freedBy: number }): string {
  return `${freedBy === 0 ? "" : "freed "}block of ${size} bytes`;
}

function hex(byte: number): string {
  return `0x${byte.toString(16).padStart(2, "0")}`;
}
