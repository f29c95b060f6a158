/** What can be chosen about a coalescing heap, checked and completed. Each choice is one of a system that is built from it. */
import { integerIn, oneOf, PAGE_BYTES } from "@heapwright/core";
import { UNIT } from "./block-tags.js";
import type { FitPolicy } from "./free-index.js";

export interface CoalesceOptions {
  /** Which free block serves a request: `AddressOrdered`, `SizeOrdered`, `SpanFirstFit`, `BinsAndTries`, or yours. */
  readonly fit: FitPolicy;
  /** Smallest span that is acquired. Default 64 KiB. */
  readonly spanBytes?: number;
  /** `fixed`: one span of exactly `spanBytes`, kept for ever (a static array). Default `growing`. */
  readonly arena?: "growing" | "fixed";
  /** Which end of a larger block a request gets. Default `front`. */
  readonly serveFrom?: "front" | "back";
  /** `none`: freed blocks keep their size (FreeRTOS heap_2). Default `both` neighbours, at once. */
  readonly coalesce?: "both" | "none";
  /** Smallest block, tag included; a multiple of 16. Default 16, which serves 12 bytes. */
  readonly minimumBlockBytes?: number;
  /** A rest smaller than this is not split off; a multiple of 16. Default {@link minimumBlockBytes}. */
  readonly minimumRestBytes?: number;
  /** Wholly free spans are kept up to so many bytes in all, the others go back. Default {@link spanBytes}. */
  readonly keepBytes?: number;
  /** Byte that the first 64 KiB of what is freed are filled with, but for the words the heap itself keeps there. Default `none`. */
  readonly poison?: number | "none";
}

export type CheckedOptions = Required<CoalesceOptions>;

const LARGEST = 2 ** 32 - PAGE_BYTES;

/** @throws RangeError naming what is out of range */
export function checkOptions(options: CoalesceOptions): CheckedOptions {
  const spanBytes = multipleOf16("spanBytes", options.spanBytes ?? PAGE_BYTES, 64, LARGEST);
  const minimumBlockBytes = multipleOf16("minimumBlockBytes", options.minimumBlockBytes ?? UNIT, UNIT, PAGE_BYTES / 2);
  return {
    fit: options.fit,
    spanBytes,
    arena: oneOf("arena", options.arena ?? "growing", ["growing", "fixed"]),
    serveFrom: oneOf("serveFrom", options.serveFrom ?? "front", ["front", "back"]),
    coalesce: oneOf("coalesce", options.coalesce ?? "both", ["both", "none"]),
    minimumBlockBytes,
    minimumRestBytes: multipleOf16("minimumRestBytes", options.minimumRestBytes ?? minimumBlockBytes, minimumBlockBytes, PAGE_BYTES / 2),
    keepBytes: integerIn("keepBytes", options.keepBytes ?? spanBytes, 0, LARGEST),
    poison: options.poison === undefined || options.poison === "none" ? "none" : integerIn("poison", options.poison, 0, 255),
  };
}

function multipleOf16(name: string, value: number, minimum: number, maximum: number): number {
  if (integerIn(name, value, minimum, maximum) % UNIT !== 0) throw new RangeError(`${name} must be a multiple of ${UNIT}, not ${value}`);
  return value;
}
