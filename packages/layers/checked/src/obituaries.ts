/**
 * What is remembered of blocks that are gone: the records of those that were given back lately, and of those that were
 * withdrawn because they were damaged. A table by address in the header, one place for many addresses, so what is older is
 * forgotten by chance. It only makes messages better: that an address is no live block is known from the marks.
 *
 * Plain words that any thread may write: a record that two have written at once does not match its seal, and is none.
 */
import { i32, struct, words, type Memory, type Root } from "@heapwright/core";
import { BLOCK_RECORD, readRecord, writeRecord, type BlockRecord } from "./block-record.js";
import { GRANULE } from "./block-marks.js";

export const OBITUARY = struct("Obituary", {
  /** 0: given back; 1: withdrawn because it was damaged. Plain, by any thread, as all below */
  cause: i32(),
  /** BlockRecord, as it was last */
  record: words(BLOCK_RECORD.bytes / 4),
}, { align: 4, bytes: 36 });

export type Cause = "given back" | "damaged";

export interface Obituary {
  readonly record: BlockRecord;
  readonly cause: Cause;
}

export class Obituaries {
  private readonly memory: Memory;
  private readonly words: number;

  /** @param places a power of two */
  constructor(
    root: Root,
    private readonly places: number,
  ) {
    this.memory = root.memory;
    this.words = root.claimStruct(OBITUARY, places) >>> 2;
  }

  write(record: BlockRecord, cause: Cause): void {
    const w = this.placeOf(record.address);
    this.memory.i32[w + OBITUARY.cause] = cause === "damaged" ? 1 : 0;
    writeRecord(this.memory, w + OBITUARY.record, record);
  }

  /** The last block that started at `address`, if it is still remembered. */
  read(address: number): Obituary | undefined {
    const w = this.placeOf(address);
    const record = readRecord(this.memory, w + OBITUARY.record, address);
    return record && { record, cause: this.memory.i32[w + OBITUARY.cause] === 1 ? "damaged" : "given back" };
  }

  private placeOf(address: number): number {
    const hash = Math.imul(Math.floor(address / GRANULE), 0x9e3779b1) >>> 8;
    return this.words + (hash & (this.places - 1)) * (OBITUARY.bytes / 4);
  }
}
