/**
 * Where a heap's bytes come from. A source describes a memory to make or to use; opening it gives the {@link Memory}
 * and the {@link MemoryHandle} by which other threads open the same one.
 */
import { BufferBacking, WasmBacking } from "./backing.js";
import { AttachError } from "./errors.js";
import type { Memory } from "./memory.js";
import { integerIn } from "./options.js";
import { ScriptMemory } from "./script-memory.js";
import { wasmHelper } from "./wasm-helper.js";
import { WasmMemory } from "./wasm-memory.js";

/** Largest address space there is: addresses are 32-bit. */
export const ADDRESS_SPACE = 2 ** 32;
const DEFAULT_MAXIMUM = 2 ** 30;
const WASM_PAGE = 65536;

/** Whether word operations on a WebAssembly.Memory go through the helper module, when the engine permits compiling it. */
export type Helper = "auto" | "never";

/** How to open a memory in this or another thread. Plain and structured-cloneable. */
export type MemoryHandle =
  | { readonly kind: "buffer"; readonly buffer: ArrayBufferLike; readonly base: number; readonly maximumBytes: number }
  | { readonly kind: "wasm"; readonly memory: WebAssembly.Memory; readonly base: number; readonly maximumBytes: number; readonly helper: Helper };

/** A memory to make or to use, for the `memory` option of a preset. Made by {@link growable}, {@link fixed} and {@link wasm}. */
export interface MemorySource {
  readonly handle: MemoryHandle;
  /** Bytes from here on have never been written; what lies below may hold anything. */
  readonly zeroFrom: number;
}

/**
 * A new growable SharedArrayBuffer.
 * @param sizes.initial bytes at first, 1 to `maximum`; default 1 MiB
 * @param sizes.maximum bytes it may grow to, up to 2^32; default 1 GiB. Address space is reserved for it, no memory
 * @throws RangeError for sizes out of range, or when the engine cannot reserve the maximum
 */
export function growable(sizes: { readonly initial?: number; readonly maximum?: number } = {}): MemorySource {
  const maximum = integerIn("maximum", sizes.maximum ?? Math.max(DEFAULT_MAXIMUM, sizes.initial ?? 0), 1, ADDRESS_SPACE);
  const initial = integerIn("initial", sizes.initial ?? Math.min(2 ** 20, maximum), 1, maximum);
  const buffer = new SharedArrayBuffer(initial, { maxByteLength: maximum });
  return { handle: { kind: "buffer", buffer, base: 0, maximumBytes: maximum }, zeroFrom: 0 };
}

/**
 * A memory of constant length: a new SharedArrayBuffer of `bytes`, or a buffer of yours, whose contents are lost.
 * A buffer that could grow is used at its present length. A plain ArrayBuffer serves one thread only.
 * @throws RangeError when it is no buffer and no integer from 1 to 2^32
 */
export function fixed(bytes: number | SharedArrayBuffer | ArrayBuffer): MemorySource {
  if (isBuffer(bytes)) {
    const length = bytes.byteLength;
    return { handle: { kind: "buffer", buffer: bytes, base: 0, maximumBytes: length }, zeroFrom: length };
  }
  const length = integerIn("bytes", bytes, 1, ADDRESS_SPACE);
  return { handle: { kind: "buffer", buffer: new SharedArrayBuffer(length), base: 0, maximumBytes: length }, zeroFrom: 0 };
}

/**
 * A WebAssembly.Memory, best a shared one. Word operations then go through a helper module that is twice to eight
 * times faster than Atomics, where the engine permits compiling it.
 * @param memory yours, or the sizes of a new shared one in bytes (rounded up to 64 KiB)
 * @param options.base the heap stays at or above this address, so that a module's own data can live below; default 0
 * @param options.maximum bytes the heap may grow the memory to. JavaScript cannot ask a memory for its maximum, so
 *   this is yours to say; growth beyond the real one is refused by the engine and shows as lack of memory. Default 1 GiB
 * @param options.helper "never" forces Atomics; threads may differ in this
 * @throws RangeError for sizes out of range; TypeError when `memory` is neither
 */
export function wasm(
  memory: WebAssembly.Memory | { readonly initial: number; readonly maximum: number },
  options: { readonly base?: number; readonly maximum?: number; readonly helper?: Helper } = {},
): MemorySource {
  const given = memory instanceof WebAssembly.Memory;
  const used = given ? memory : newWasmMemory(memory.initial, memory.maximum);
  const length = used.buffer.byteLength;
  const limit = options.maximum ?? (given ? Math.max(DEFAULT_MAXIMUM, length) : memory.maximum);
  const maximumBytes = integerIn("maximum", limit, 1, ADDRESS_SPACE);
  const base = integerIn("base", options.base ?? 0, 0, maximumBytes);
  const handle: MemoryHandle = { kind: "wasm", memory: used, base, maximumBytes, helper: options.helper ?? "auto" };
  return { handle, zeroFrom: given ? length : 0 };
}

function newWasmMemory(initial: number, maximum: number): WebAssembly.Memory {
  const pages = (name: string, bytes: number): number => Math.ceil(integerIn(name, bytes, 1, ADDRESS_SPACE) / WASM_PAGE);
  return new WebAssembly.Memory({ initial: pages("initial", initial), maximum: pages("maximum", maximum), shared: true });
}

/** The memory of a handle, as seen by this thread. @throws AttachError when it is not a handle */
export function openMemory(handle: MemoryHandle): Memory {
  if (handle?.kind === "buffer" && isBuffer(handle.buffer)) {
    return new ScriptMemory(new BufferBacking(handle.buffer, handle.base, handle.maximumBytes));
  }
  if (handle?.kind === "wasm" && handle.memory instanceof WebAssembly.Memory) {
    const backing = new WasmBacking(handle.memory, handle.base, handle.maximumBytes);
    const helper = handle.helper === "never" ? undefined : wasmHelper(handle.memory);
    return helper === undefined ? new ScriptMemory(backing) : new WasmMemory(backing, helper);
  }
  throw new AttachError("handle", "the handle names no memory of a known kind");
}

function isBuffer(value: unknown): value is ArrayBufferLike {
  return value instanceof SharedArrayBuffer || value instanceof ArrayBuffer;
}
