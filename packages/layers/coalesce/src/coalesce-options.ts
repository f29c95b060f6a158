/** What can be chosen about a coalescing heap, checked and completed. Each choice is one of a system that is built from it. */
import { integerIn, oneOf, PAGE_BYTES } from "@heapwright/core";
import { UNIT } from "./block-tags.js";
import type { FitPolicy } from "./free-index.js";

export interface CoalesceOptions {
  /** Which free block serves a request: `AddressOrdered`, `SizeOrdered`, `SpanFirstFit`, `BinsAndTries`, `LeaFit`, or yours. */
  readonly fit: FitPolicy;
  /** Smallest span that is acquired. Default 64 KiB. */
  readonly spanBytes?: number;
  /**
   * `growing`: spans that come and go as a whole. `fixed`: one span of exactly `spanBytes`, kept for ever (a static array).
   * `contiguous`: few spans that grow and shrink at their ends; the page source must be able to extend. Default `growing`.
   */
  readonly arena?: "growing" | "fixed" | "contiguous";
  /** Which end of a larger block a request gets. Default `front`. */
  readonly serveFrom?: "front" | "back";
  /** `none`: freed blocks keep their size (FreeRTOS heap_2). Default `both` neighbours, at once. */
  readonly coalesce?: "both" | "none";
  /** Smallest block, tag included; a multiple of 16. Default 16, which serves 12 bytes. */
  readonly minimumBlockBytes?: number;
  /** A rest smaller than this is not split off; a multiple of 16. Default {@link minimumBlockBytes}. */
  readonly minimumRestBytes?: number;
  /** Wholly free spans are kept up to so many bytes in all, the others go back; not if contiguous. Default {@link spanBytes}. */
  readonly keepBytes?: number;
  /** If contiguous: what is free at the end is given back when it has become larger than this. Default 2 MiB. */
  readonly trimBytes?: number;
  /** If contiguous: after so many frees of large blocks, spans that are wholly free are looked for. Default 4095. */
  readonly releaseEvery?: number;
  /** If contiguous: most bytes of pages that are held, until `setFootprintLimit` says otherwise; 0: no limit. Default 0. */
  readonly footprintLimit?: number;
  /** A word that the end of each block in use is marked with, at the price of 4 bytes a block; 0: no mark. Default 0. */
  readonly guard?: number;
  /** Note for the pages, which must then be no other layer's; 0: that of an owner of its own. Default 0. */
  readonly pageNote?: number;
  /** Byte that the first 64 KiB of what is freed are filled with, but for the words the heap itself keeps there. Default `none`. */
  readonly poison?: number | "none";
}

export type CheckedOptions = Required<CoalesceOptions>;

const LARGEST = 2 ** 32 - PAGE_BYTES;

/** @throws RangeError naming what is out of range */
export function checkOptions(options: CoalesceOptions): CheckedOptions {
  if (typeof options.fit !== "function") throw new RangeError("fit must be a class of indices of free blocks, such as AddressOrdered");
  const spanBytes = multipleOf16("spanBytes", options.spanBytes ?? PAGE_BYTES, 64, LARGEST);
  if (options.arena === "contiguous" && options.coalesce === "none") throw new RangeError("an arena can only be contiguous if coalesce is both");
  const minimumBlockBytes = multipleOf16("minimumBlockBytes", options.minimumBlockBytes ?? UNIT, UNIT, PAGE_BYTES / 2);
  return {
    fit: options.fit,
    spanBytes,
    arena: oneOf("arena", options.arena ?? "growing", ["growing", "fixed", "contiguous"]),
    serveFrom: oneOf("serveFrom", options.serveFrom ?? "front", ["front", "back"]),
    coalesce: oneOf("coalesce", options.coalesce ?? "both", ["both", "none"]),
    minimumBlockBytes,
    minimumRestBytes: multipleOf16("minimumRestBytes", options.minimumRestBytes ?? minimumBlockBytes, minimumBlockBytes, PAGE_BYTES / 2),
    keepBytes: integerIn("keepBytes", options.keepBytes ?? spanBytes, 0, LARGEST),
    trimBytes: integerIn("trimBytes", options.trimBytes ?? 2 ** 21, 0, 2 ** 32),
    releaseEvery: integerIn("releaseEvery", options.releaseEvery ?? 4095, 0, 2 ** 31 - 1),
    footprintLimit: integerIn("footprintLimit", options.footprintLimit ?? 0, 0, 2 ** 32),
    guard: integerIn("guard", options.guard ?? 0, -(2 ** 31), 2 ** 31 - 1),
    pageNote: integerIn("pageNote", options.pageNote ?? 0, -(2 ** 31), 2 ** 31 - 1),
    poison: options.poison === undefined || options.poison === "none" ? "none" : integerIn("poison", options.poison, 0, 255),
  };
}

function multipleOf16(name: string, value: number, minimum: number, maximum: number): number {
  if (integerIn(name, value, minimum, maximum) % UNIT !== 0) throw new RangeError(`${name} must be a multiple of ${UNIT}, not ${value}`);
  return value;
}
