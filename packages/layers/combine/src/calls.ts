/**
 * The six calls of C over an allocator: arguments checked, `calloc` and `realloc` derived. They are functions that close over
 * what they need, and not methods, because of what V8 makes of them: a function that a loop has always called is a constant in
 * the loop's machine code. So is what the function closes over, and what that has in fields which were assigned once: the
 * allocator, the layers below it, their tables. As methods would, it loads none of that, and checks no type of it again. One
 * loop with several heaps is a little slower for it.
 *
 * `malloc` and `free` are one comparison and one call: what a layer can do in a few nanoseconds must not drown here. In these
 * and in `calloc` and `realloc`, a number of 32 bits is told apart first, each time in its own lines: one more function, however
 * short, takes of the engine's budget. Only the rest is asked what is wrong with it.
 */
import { InvalidAddressError, isPowerOfTwo, showValue, type Allocator, type Fixes, type Heap, type Memory } from "@heapwright/core";
import { DEPARTED } from "./departed.js";

export type Calls = Pick<Heap, "malloc" | "calloc" | "realloc" | "alignedAlloc" | "free" | "usableSize">;

/** Largest alignment that leaves room for a block below 2^32. */
const LARGEST_ALIGNMENT = 2 ** 31;
/** The alignment that every address has. */
const NATURAL_ALIGNMENT = 16;

/** What the calls go to. A class, since the engine takes a field that a constructor has assigned for a constant until it is assigned again. */
export class Served {
  /** @param allocator {@link DEPARTED} once the thread has left the heap */
  constructor(public allocator: Allocator & Partial<Fixes>) {}
}

/** @param sizes see `Composition` */
export function callsOf(served: Served, memory: Memory, sizes: "rounded" | "exact"): Calls {
  /** Only reached by sizes no heap can serve. @returns 0, after the checks that even those must pass */
  const refuseSize = (size: number): number => {
    checkSize("size", size);
    return served.allocator === DEPARTED ? DEPARTED.allocate(0) : 0;
  };

  const malloc = (size: number): number => {
    if (typeof size === "number" && size >>> 0 === size) return served.allocator.allocate(size);
    return refuseSize(size);
  };

  const calloc = (count: number, size: number): number => {
    if (typeof count !== "number" || count >>> 0 !== count) checkSize("count", count);
    if (typeof size !== "number" || size >>> 0 !== size) checkSize("size", size);
    // exact up to 2^53, and beyond that still far more than any memory
    const bytes = count * size;
    if (bytes >>> 0 !== bytes) return refuseSize(0);
    const address = served.allocator.allocate(bytes);
    if (address !== 0 && bytes !== 0 && !served.allocator.isZero(address, bytes)) {
      if (address + bytes > memory.end) memory.reach(address + bytes - 1);
      memory.fill(address, bytes, 0);
    }
    return address;
  };

  const realloc = (address: number, size: number): number => {
    if (address === 0) return malloc(size);
    if (typeof size !== "number" || size >>> 0 !== size) checkSize("size", size);
    const usable = sizeInTime(address);
    // what no memory can hold is refused before any layer gives back what it keeps, in vain
    if (usable < 0 || size >>> 0 !== size || size >= memory.maximumBytes) return 0;
    // a block that is at most twice too large stays where it is: moving would cost more than it saves
    if (sizes === "rounded" && size <= usable && size >= usable >>> 1) return address;
    // asked in vain, the allocator would look the block up once more
    const fixed = sizes === "rounded" && size > usable && usable <= (served.allocator.fixedUpTo ?? 0);
    if (!fixed && served.allocator.resize(address, size)) return address;
    const moved = served.allocator.allocate(size);
    if (moved === 0) return size <= usable ? address : 0;
    move(address, moved, size < usable ? size : usable);
    return moved;
  };

  const move = (from: number, to: number, bytes: number): void => {
    if (bytes !== 0) {
      memory.reach(from + bytes - 1);
      memory.reach(to + bytes - 1);
      memory.copy(to, from, bytes);
    }
    served.allocator.free(from);
  };

  const alignedAlloc = (alignment: number, size: number): number => {
    if (typeof alignment !== "number" || !isPowerOfTwo(alignment)) {
      throw new RangeError(`alignment must be a power of two below 2^53, not ${showValue(alignment)}`);
    }
    checkSize("size", size);
    if (size >>> 0 !== size || alignment > LARGEST_ALIGNMENT) return refuseSize(0);
    return alignment <= NATURAL_ALIGNMENT ? served.allocator.allocate(size) : served.allocator.allocateAligned(alignment, size);
  };

  const free = (address: number): void => {
    if (address === 0) return;
    if (typeof address !== "number" || address >>> 0 !== address) throw notAnAddress(address);
    served.allocator.free(address);
  };

  const sizeInTime = (address: number): number => {
    if (address === 0) return 0;
    if (typeof address !== "number" || address >>> 0 !== address) throw notAnAddress(address);
    return served.allocator.usableSize(address);
  };

  /** There is no number for "no answer": it waits. */
  const usableSize = (address: number): number => {
    for (;;) {
      const usable = sizeInTime(address);
      if (usable >= 0) return usable;
    }
  };

  return { malloc, calloc, realloc, alignedAlloc, free, usableSize };
}

/** @throws RangeError when `value` is no size */
function checkSize(name: string, value: number): void {
  if (Number.isSafeInteger(value) && value >= 0) return;
  throw new RangeError(`${name} must be an integer from 0 to 2^53 - 1, not ${showValue(value)}`);
}

function notAnAddress(value: unknown): InvalidAddressError {
  return new InvalidAddressError(value, "addresses are integers from 0 to 2^32 - 1");
}
