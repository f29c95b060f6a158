/**
 * Where a heap's bytes come from. A source describes a memory to make or to use; opening it gives the {@link Memory}
 * and the {@link MemoryHandle} by which other threads open the same one.
 */
import { BufferBacking, isShared, tagOf, WasmBacking } from "./backing.js";
import { AttachError } from "./errors.js";
import type { Memory } from "./memory.js";
import { integerIn, isObject, objectIn, oneOf } from "./options.js";
import { PAGE_BYTES } from "./page-note.js";
import { ScriptMemory } from "./script-memory.js";
import { showValue } from "./show-value.js";
import { WASM_HELPER } from "./wasm-helper.js";
import { WasmMemory } from "./wasm-memory.js";
import { instantiate, mayCompile } from "./wasm-program.js";

/** Largest address space there is: addresses are 32-bit. */
export const ADDRESS_SPACE = 2 ** 32;
const DEFAULT_INITIAL = 2 ** 20;
/** Of {@link fastest}: so long that most heaps never grow, and so never get other views. Untouched memory is only address space. */
const LONG_INITIAL = 2 ** 24;
const DEFAULT_MAXIMUM = 2 ** 30;

/** Whether word operations on a WebAssembly.Memory go through the helper module, when the engine permits compiling it. */
export type Helper = "auto" | "never";

/** How to open a memory in this or another thread. Plain and structured-cloneable. */
export type MemoryHandle =
  | { readonly kind: "buffer"; readonly buffer: ArrayBufferLike; readonly base: number; readonly maximumBytes: number }
  | { readonly kind: "wasm"; readonly memory: WebAssembly.Memory; readonly base: number; readonly maximumBytes: number; readonly helper: Helper };

/** A memory as {@link MemorySource.open} gives it. */
export interface OpenedSource {
  readonly handle: MemoryHandle;
  /** Bytes from here on have never been written; what lies below may hold anything. */
  readonly zeroFrom: number;
}

/** A memory to make or to use, for the `memory` option of a preset. Made by {@link growable}, {@link fixed}, {@link wasm} and {@link fastest}. */
export interface MemorySource {
  /** @param maximumBytes a limit for the heap's end, where the source sets none or a higher one */
  open(maximumBytes?: number): OpenedSource;
}

/** Lengths of a memory that grows, in bytes. */
export interface GrowingSizes {
  /** At first, 1 to `maximum`, rounded up to pages of 64 KiB; default 1 MiB, of {@link fastest} 16 MiB. */
  readonly initial?: number | undefined;
  /** That it may grow to, up to 2^32; default 1 GiB. Address space is reserved for it, no memory. */
  readonly maximum?: number | undefined;
}

/**
 * A new growable SharedArrayBuffer.
 * @throws RangeError for sizes out of range, when the engine cannot reserve the maximum, or, once a heap is made, in a page that is
 *   not cross-origin isolated
 */
export function growable(sizes: GrowingSizes = {}): MemorySource {
  const { initial, maximum } = completed(sizes);
  return {
    open: (limit = maximum) => bufferHandle(newBuffer(initial, { maxByteLength: maximum }), Math.min(limit, maximum), 0),
  };
}

function completed(sizes: GrowingSizes, usual = DEFAULT_INITIAL): { initial: number; maximum: number } {
  const { initial: least = 1, maximum = Math.max(integerIn("initial", least, 1, ADDRESS_SPACE), DEFAULT_MAXIMUM) } = objectIn("sizes", sizes);
  integerIn("maximum", maximum, 1, ADDRESS_SPACE);
  const { initial = Math.min(usual, maximum) } = sizes;
  integerIn("initial", initial, 1, maximum);
  return { initial: Math.min(Math.ceil(initial / PAGE_BYTES) * PAGE_BYTES, maximum), maximum };
}

/**
 * A memory of constant length: a new SharedArrayBuffer of `bytes`, or a buffer of yours, whose contents are lost.
 * A buffer that could grow is used at its present length. A plain ArrayBuffer serves one thread only: a handle that is posted to
 * another carries a copy of it, which is a heap by itself from then on.
 * @throws RangeError when it is no buffer with bytes in it and no integer from 1 to 2^32; for a number also as {@link growable};
 *   and once a heap is made of a buffer that was transferred meanwhile
 */
export function fixed(bytes: number | SharedArrayBuffer | ArrayBuffer): MemorySource {
  if (isBuffer(bytes)) {
    const length = bytes.byteLength;
    return {
      open(limit = length) {
        if (bytes.byteLength === 0) throw new RangeError("the buffer was transferred");
        return bufferHandle(bytes, Math.min(limit, length), length);
      },
    };
  }
  const length = integerIn("bytes", bytes, 1, ADDRESS_SPACE);
  return { open: (limit = length) => bufferHandle(newBuffer(length), Math.min(limit, length), 0) };
}

function newBuffer(bytes: number, options?: { maxByteLength: number }): SharedArrayBuffer {
  if (typeof SharedArrayBuffer === "undefined") throw new RangeError("there is no SharedArrayBuffer: the page is not cross-origin isolated");
  return new SharedArrayBuffer(bytes, options);
}

function bufferHandle(buffer: ArrayBufferLike, maximumBytes: number, zeroFrom: number): OpenedSource {
  return { handle: { kind: "buffer", buffer, base: 0, maximumBytes }, zeroFrom };
}

/**
 * A WebAssembly.Memory, best a shared one. Word operations then go through a helper module, which is faster than
 * Atomics, where the engine permits compiling it. Nobody else may use what lies from `base` up to the maximum, nor take
 * pages for himself that grow there.
 *
 * @param memory yours, or the sizes of a new shared one in bytes (rounded up to 64 KiB)
 * @param options.base the heap stays at or above this address, so that a module's own data can live below; default 0
 * @param options.maximum bytes the heap may grow the memory to. JavaScript cannot ask a memory for its maximum, so
 *   this is yours to say; growth beyond the real one is refused by the engine and shows as lack of memory. Default:
 *   the `maximumBytes` of the heap, or else 1 GiB
 * @param options.helper "never" forces Atomics; threads may differ in this
 * @throws RangeError for arguments out of range, and for a new one where there is no WebAssembly
 */
export function wasm(
  memory: WebAssembly.Memory | { readonly initial: number; readonly maximum: number },
  options: { readonly base?: number; readonly maximum?: number; readonly helper?: Helper } = {},
): MemorySource {
  const { base = 0, helper = "auto", maximum: own } = objectIn("options", options);
  integerIn("base", base, 0, ADDRESS_SPACE - 1);
  oneOf("helper", helper, ["auto", "never"]);
  if (own !== undefined) integerIn("maximum", own, 1, ADDRESS_SPACE);
  if (isWasm(memory)) {
    return {
      open(limit) {
        // as long as it is now: another heap may have been there before
        const length = new WasmBacking(memory, base, ADDRESS_SPACE).buffer(Infinity).byteLength;
        const most = limit ?? own ?? Math.max(DEFAULT_MAXIMUM, length);
        const maximumBytes = Math.min(own ?? most, most);
        return { handle: { kind: "wasm", memory, base, maximumBytes, helper }, zeroFrom: length };
      },
    };
  }
  if (!isObject(memory)) throw new RangeError(`memory must be a WebAssembly.Memory, or an object like { initial, maximum }, not ${showValue(memory)}`);
  if (typeof WebAssembly === "undefined") throw new RangeError("there is no WebAssembly in this engine");
  const maximum = integerIn("maximum", memory.maximum, 1, ADDRESS_SPACE);
  const initial = integerIn("initial", memory.initial, 1, maximum);
  return { open: (limit = maximum) => newWasmMemory(initial, maximum, base, Math.min(own ?? limit, limit, maximum), helper) };
}

/**
 * The fastest there is to grow: a new shared WebAssembly.Memory, where the engine permits compiling the helper module and has
 * room for one, and else a growable SharedArrayBuffer. Plain reads and writes cost the same in both, and less as long as the memory
 * has not grown: the engine compiles the place and the length of views that never change into the code. So it is longer at first.
 * @throws RangeError as {@link growable}
 */
export function fastest(sizes: GrowingSizes = {}): MemorySource {
  const { initial, maximum } = completed(sizes, LONG_INITIAL);
  return {
    open(limit = maximum) {
      try {
        if (mayCompile()) return newWasmMemory(initial, maximum, 0, Math.min(limit, maximum), "auto");
      } catch {
        // Engines reserve more address space for such a memory than for a buffer, and some allow few of them
      }
      return growable({ initial, maximum }).open(limit);
    },
  };
}

function newWasmMemory(initial: number, maximum: number, base: number, maximumBytes: number, helper: Helper): OpenedSource {
  const pages = (bytes: number): number => Math.ceil(bytes / PAGE_BYTES);
  const memory = new WebAssembly.Memory({ initial: pages(initial), maximum: pages(maximum), shared: true });
  return { handle: { kind: "wasm", memory, base, maximumBytes, helper }, zeroFrom: 0 };
}

/** The memory of a handle, as seen by this thread. @throws AttachError when it is not a handle */
export function openMemory(handle: MemoryHandle): Memory {
  if (!isLimit(handle?.base) || !isLimit(handle.maximumBytes)) {
    throw new AttachError("handle", "the handle's memory has no base and maximum");
  }
  if (handle.kind === "buffer" && isBuffer(handle.buffer)) {
    return new ScriptMemory(new BufferBacking(handle.buffer, handle.base, handle.maximumBytes));
  }
  if (handle.kind === "wasm" && isWasm(handle.memory)) {
    const backing = new WasmBacking(handle.memory, handle.base, handle.maximumBytes);
    const helper = handle.helper === "never" ? undefined : instantiate(handle.memory, WASM_HELPER);
    return helper === undefined ? new ScriptMemory(backing) : new WasmMemory(backing, helper);
  }
  throw new AttachError("handle", "the handle names no memory of a known kind");
}

/** One that was transferred to another thread has no bytes. */
function isBuffer(value: unknown): value is ArrayBufferLike {
  return holds(() => (isShared(value) || tagOf(value) === "ArrayBuffer") && isViewed(value) && value.byteLength > 0);
}

function isWasm(value: unknown): value is WebAssembly.Memory {
  return holds(() => tagOf(value) === "WebAssembly.Memory" && isViewed((value as WebAssembly.Memory).buffer));
}

/** What only says that it is a buffer is copied. */
function isViewed(value: unknown): value is ArrayBufferLike {
  return new Uint8Array(value as ArrayBufferLike).buffer === value;
}

/** A proxy throws where only what it stands for can answer. */
function holds(condition: () => boolean): boolean {
  try {
    return condition();
  } catch {
    return false;
  }
}

function isLimit(value: unknown): boolean {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= ADDRESS_SPACE;
}
