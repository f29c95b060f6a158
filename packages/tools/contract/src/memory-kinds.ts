/**
 * The memories that every heap is tested on: one that grows and is fresh, one of constant length that is full of old
 * data, and a WebAssembly one that grows, is full of old data, and whose lower part belongs to somebody else. Old data
 * is there because a heap that takes unwritten memory for granted passes every test on a fresh buffer.
 */
import { fixed, growable, wasm, type MemorySource } from "@heapwright/core";
import { demand } from "./violation.js";

const PAGE = 65536;
/** What old data looks like, byte by byte. As an int32 it is negative, as a size it is huge. */
const OLD = 0xa5;
/** The same of eight bytes, by which shared buffers are filled and compared sooner than element by element (V8 11.3). */
const [OLD_EIGHT] = new Float64Array(new Uint8Array(8).fill(OLD).buffer);

/** A memory made for one case. */
export interface TestMemory {
  readonly source: MemorySource;
  /** Length at first, and what the heap may grow to; rounded as the kind needs it. */
  readonly initialBytes: number;
  readonly maximumBytes: number;
  /** Throws when bytes below the base have been touched. */
  proveGuard(): void;
  /** Says that nobody uses it any more, and that what is of it may be used again. */
  release(): void;
}

/** A kind of {@link TestMemory}. */
export interface MemoryKind {
  readonly name: string;
  /** Whether its buffers become longer. */
  readonly grows: boolean;
  /** A memory with room for a heap of `maximum` bytes, of which `initial` are there at first where the kind grows. */
  make(initial: number, maximum: number): TestMemory;
  /** The same without old data and guard, so that gigabytes stay untouched. */
  makeUntouched(initial: number, maximum: number): MemorySource;
  /** A memory that says it grows to `stated` bytes, and refuses to grow beyond `real`. */
  makeRefusing(real: number, stated: number): MemorySource;
}

const growableKind: MemoryKind = {
  name: "a growable SharedArrayBuffer",
  grows: true,
  make: (initial, maximum) => ({
    source: growable({ initial, maximum }),
    initialBytes: initial,
    maximumBytes: maximum,
    proveGuard: () => undefined,
    release: () => undefined,
  }),
  makeUntouched: (initial, maximum) => growable({ initial, maximum }),
  makeRefusing: (real, stated) => overstated(new SharedArrayBuffer(real, { maxByteLength: real }), stated),
};

/** Buffers of constant length whose cases are over, by length: to get fresh pages from the system takes longer than to fill them. */
const idle = new Map<number, SharedArrayBuffer>();

const fixedKind: MemoryKind = {
  name: "a used SharedArrayBuffer of constant length",
  grows: false,
  make(_initial, maximum) {
    const buffer = idle.get(maximum) ?? new SharedArrayBuffer(maximum);
    idle.delete(maximum);
    fillWithOld(buffer);
    return {
      source: fixed(buffer),
      initialBytes: maximum,
      maximumBytes: maximum,
      proveGuard: () => undefined,
      release: () => void idle.set(maximum, buffer),
    };
  },
  makeUntouched: (_initial, maximum) => fixed(maximum),
  makeRefusing: (real, stated) => overstated(new SharedArrayBuffer(real), stated),
};

/** Odd, because nobody promised that a module's data ends at a round address. */
const BASE = PAGE + 4321;

/** WebAssembly memories whose cases are over and never grew them, by their sizes: each growth of any takes longer the more of them there have been (V8 11.3). */
const idleWasm = new Map<string, WebAssembly.Memory>();

const wasmKind: MemoryKind = {
  name: "a used WebAssembly.Memory above another module's data",
  grows: true,
  make(initial, maximum) {
    const sizes = `${initial}, ${maximum}`;
    const memory = idleWasm.get(sizes) ?? wasmMemory(BASE + initial, BASE + maximum);
    idleWasm.delete(sizes);
    fillWithOld(memory.buffer);
    const initialBytes = memory.buffer.byteLength;
    return {
      source: wasm(memory, { base: BASE, maximum: roundUp(BASE + maximum) }),
      initialBytes,
      maximumBytes: roundUp(BASE + maximum),
      proveGuard() {
        const written = firstNew(memory.buffer, BASE);
        demand(written < 0, () => `the byte at ${written}, below the heap's base ${BASE}, was overwritten`);
      },
      release() {
        if (memory.buffer.byteLength === initialBytes) idleWasm.set(sizes, memory);
      },
    };
  },
  makeUntouched: (initial, maximum) => wasm({ initial, maximum }, { base: BASE }),
  makeRefusing: (real, stated) => wasm(wasmMemory(real, real), { base: BASE, maximum: stated }),
};

/** The three kinds of memory that every subject is tested on. */
export const MEMORY_KINDS: readonly MemoryKind[] = [growableKind, fixedKind, wasmKind];

/** A source that claims for its buffer that it could grow, as one does whose growth the engine will refuse. */
function overstated(buffer: SharedArrayBuffer, maximumBytes: number): MemorySource {
  return { open: () => ({ handle: { kind: "buffer", buffer, base: 0, maximumBytes }, zeroFrom: 0 }) };
}

function fillWithOld(buffer: ArrayBufferLike): void {
  new Float64Array(buffer).fill(OLD_EIGHT);
}

/** @returns the address of the first byte below `end` that is no old data, or -1 */
function firstNew(buffer: ArrayBufferLike, end: number): number {
  const eights = new Float64Array(buffer, 0, Math.floor(end / 8));
  let at = 0;
  while (at < eights.length && eights[at] === OLD_EIGHT) at++;
  const from = at * 8;
  const found = new Uint8Array(buffer, from, end - from).findIndex((byte) => byte !== OLD);
  return found < 0 ? -1 : from + found;
}

function wasmMemory(initial: number, maximum: number): WebAssembly.Memory {
  return new WebAssembly.Memory({ initial: roundUp(initial) / PAGE, maximum: roundUp(maximum) / PAGE, shared: true });
}

function roundUp(bytes: number): number {
  return Math.ceil(bytes / PAGE) * PAGE;
}
