/**
 * The typed errors of a heap. Lack of memory is never one of them: that is address 0. Arguments that are not numbers
 * of the right kind are plain `RangeError`s.
 */
import { showValue } from "./show-value.js";

/** An address was given that is not the start of a live block of this heap. The heap is as it was. */
export class InvalidAddressError extends Error {
  override readonly name = "InvalidAddressError";
  readonly address: number;

  /** @param reason what is at the address instead, as the end of a sentence */
  constructor(address: unknown, reason: string) {
    const shown = typeof address === "number" ? showAddress(address) : showValue(address);
    super(`${shown} is not the address of a block: ${reason}`);
    this.address = typeof address === "number" ? address : Number.NaN;
  }
}

/** The structures of a heap contradict each other: a program wrote where it should not have, or a layer is wrong. */
export class HeapCorruptionError extends Error {
  override readonly name = "HeapCorruptionError";

  /**
   * @param address where, in bytes
   * @param layer which layer's invariant is broken
   * @param found what was found there, and what should have been
   */
  constructor(
    readonly address: number,
    readonly layer: string,
    readonly found: string,
  ) {
    super(`${layer} at ${showAddress(address)}: ${found}`);
  }
}

/** Which of the things that `attach` compares did not agree. */
export type AttachMismatch = "magic" | "version" | "preset" | "options" | "layout" | "handle" | "threads";

/** The buffer of a handle does not hold the heap that the handle describes, or has no room for one more thread. */
export class AttachError extends Error {
  override readonly name = "AttachError";

  constructor(
    readonly mismatch: AttachMismatch,
    message: string,
  ) {
    super(message);
  }
}

/** This thread has left the heap: its part in it is over, and the calls of its heap object with it. The heap is as it was. */
export class DepartedError extends Error {
  override readonly name = "DepartedError";

  constructor() {
    super("this thread has left the heap; attach again to use it");
  }
}

function showAddress(address: number): string {
  return Number.isSafeInteger(address) && address >= 0 ? `0x${address.toString(16)}` : String(address);
}
