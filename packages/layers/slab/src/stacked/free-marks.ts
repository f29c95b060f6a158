/**
 * Which blocks are on a stack, for walks: a byte per 16 bytes of each chunk that has one. Blocks come in chunk after chunk,
 * so the chunk looked at last is kept at hand. A set of addresses takes twice as long (V8 11.3).
 */
import { PAGE_BYTES } from "@heapwright/core";

const GRAIN = 16;

export class FreeMarks {
  private readonly chunks = new Map<number, Uint8Array>();
  private number = -1;
  private marks: Uint8Array = new Uint8Array(0);

  add(node: number): void {
    const number = node >>> 16;
    if (number !== this.number && !this.find(number)) {
      this.marks = new Uint8Array(PAGE_BYTES / GRAIN);
      this.chunks.set(number, this.marks);
      this.number = number;
    }
    this.marks[(node & (PAGE_BYTES - 1)) >>> 4] = 1;
  }

  has(node: number): boolean {
    const number = node >>> 16;
    if (number !== this.number && !this.find(number)) return false;
    return this.marks[(node & (PAGE_BYTES - 1)) >>> 4] === 1;
  }

  private find(number: number): boolean {
    const marks = this.chunks.get(number);
    if (marks === undefined) return false;
    this.number = number;
    this.marks = marks;
    return true;
  }
}
