/**
 * What a checked heap throws: the errors that every heap throws, with what is known of the block. A message names the block's
 * size, who allocated it and where, and who freed it and where.
 */
import { HeapCorruptionError, InvalidAddressError } from "@heapwright/core";

/** What is known of a block. */
export interface BlockHistory {
  readonly address: number;
  /** As asked for last, in bytes. */
  readonly size: number;
  /** Which allocation it was, counted from 1 over all threads of the heap. */
  readonly serial: number;
  /** Id of the thread that allocated or resized it last, and where: a frame a line, or "" when that was not remembered. */
  readonly thread: number;
  readonly site: string;
  /** Id of the thread that freed it, 0 while it is live, and where. */
  readonly freedBy: number;
  readonly freeSite: string;
}

/**
 * - `double free`: the block has been freed before, or is being freed by another thread at this moment.
 * - `freed block`: the same, where the call was to resize or to measure it.
 * - `interior address`: it lies inside a block, or between a block and its neighbours.
 * - `foreign address`: no block that this heap remembers starts there, or lies there.
 */
export type Misuse = "double free" | "freed block" | "interior address" | "foreign address";

/** The address given to `free`, `realloc` or `usableSize` is that of no live block. Nothing was changed. */
export class MisuseError extends InvalidAddressError {
  /** @param block the one that was freed, or that the address lies in */
  constructor(
    address: number,
    readonly kind: Misuse,
    found: string,
    readonly block: BlockHistory | undefined,
  ) {
    super(address, `${kind}: ${found}${describe(block)}`);
  }
}

/** `overflow` and `underflow`: written behind or before a live block. `overwritten record`: what is known of the block was. */
export type Damage = "overflow" | "underflow" | "use after free" | "overwritten record";

/** Somebody wrote where it should not have. */
export class DamageError extends HeapCorruptionError {
  constructor(
    address: number,
    readonly kind: Damage,
    found: string,
    readonly block: BlockHistory | undefined,
  ) {
    super(address, "checked", `${kind}: ${found}${describe(block)}`);
  }
}

function describe(block: BlockHistory | undefined): string {
  if (block === undefined) return "";
  const allocated = `\n  allocated by thread ${block.thread}, allocation ${block.serial}${siteLines(block.site)}`;
  return block.freedBy === 0 ? allocated : `${allocated}\n  freed by thread ${block.freedBy}${siteLines(block.freeSite)}`;
}

/** A site as the end of a message's line, and the lines after it. */
export function siteLines(site: string): string {
  return site === "" ? ", at a call site that was not remembered" : `\n    at ${site.replaceAll("\n", "\n    at ")}`;
}
