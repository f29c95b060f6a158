/**
 * Columns of small numbers: 7 bits a byte, lowest first, the top bit set on all bytes but the last (LEB128). Numbers are
 * unsigned 32-bit, so one takes five bytes at most.
 */
import { TraceFormatError } from "./trace-format-error.js";

export class ColumnWriter {
  #bytes = new Uint8Array(1024);
  #length = 0;

  put(value: number): void {
    if (this.#length + 5 > this.#bytes.length) {
      const longer = new Uint8Array(this.#bytes.length * 2);
      longer.set(this.#bytes);
      this.#bytes = longer;
    }
    while (value > 0x7f) {
      this.#bytes[this.#length++] = (value & 0x7f) | 0x80;
      value >>>= 7;
    }
    this.#bytes[this.#length++] = value;
  }

  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }
}

export class ColumnReader {
  readonly #name: string;
  readonly #bytes: Uint8Array;
  #at = 0;

  /** @param name of the column, for errors */
  constructor(name: string, bytes: Uint8Array) {
    this.#name = name;
    this.#bytes = bytes;
  }

  /** @throws TraceFormatError when no number is left, or it has more than 32 bits */
  take(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      if (this.#at >= this.#bytes.length) throw new TraceFormatError("inconsistent", `column ${this.#name} is too short`);
      const byte = this.#bytes[this.#at++];
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) {
        if (value > 0xffffffff) break;
        return value;
      }
    }
    throw new TraceFormatError("inconsistent", `column ${this.#name} has a number of more than 32 bits`);
  }

  get done(): boolean {
    return this.#at === this.#bytes.length;
  }
}
