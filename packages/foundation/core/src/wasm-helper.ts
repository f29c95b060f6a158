/**
 * The helper module: a few hundred bytes of WebAssembly over the heap's own memory. One call of it costs about half
 * of one Atomics call, and a 64-bit compare-and-swap an eighth, since no BigInt is made (Node 20 to 26). Words are
 * the same words, so threads with and without the helper share a heap.
 */
import { emitModule, wasm, type Instruction, type WasmFunction } from "./wasm-emitter.js";

/** What the helper exports. Words are addressed by index, as everywhere. */
export interface WasmHelper {
  load(w: number): number;
  store(w: number, value: number): void;
  cas(w: number, expected: number, value: number): number;
  cas2(w: number, low: number, high: number, newLow: number, newHigh: number): number;
  add(w: number, delta: number): number;
  exchange(w: number, value: number): number;
  or(w: number, mask: number): number;
  and(w: number, mask: number): number;
  fill(address: number, value: number, bytes: number): void;
  copy(to: number, from: number, bytes: number): void;
}

const { localGet } = wasm;

/** The byte address of the word whose index is local 0. */
const word: Instruction[] = [localGet(0), wasm.i32Const(2), wasm.i32Shl];

/** One i64 of the locals `low` and `high`. */
function joined(low: number, high: number): Instruction[] {
  return [localGet(low), wasm.i64ExtendI32U, localGet(high), wasm.i64ExtendI32U, wasm.i64Const(32), wasm.i64Shl, wasm.i64Or];
}

/** A function (w, value) => word before, made of one read-modify-write instruction. */
function readModifyWrite(name: string, instruction: Instruction): WasmFunction {
  return { name, parameters: ["i32", "i32"], results: ["i32"], body: [...word, localGet(1), instruction] };
}

const FUNCTIONS: readonly WasmFunction[] = [
  { name: "load", parameters: ["i32"], results: ["i32"], body: [...word, wasm.i32AtomicLoad] },
  { name: "store", parameters: ["i32", "i32"], results: [], body: [...word, localGet(1), wasm.i32AtomicStore] },
  {
    name: "cas",
    parameters: ["i32", "i32", "i32"],
    results: ["i32"],
    body: [...word, localGet(1), localGet(2), wasm.i32AtomicRmwCmpxchg, localGet(1), wasm.i32Eq],
  },
  {
    name: "cas2",
    parameters: ["i32", "i32", "i32", "i32", "i32"],
    results: ["i32"],
    body: [...word, ...joined(1, 2), ...joined(3, 4), wasm.i64AtomicRmwCmpxchg, ...joined(1, 2), wasm.i64Eq],
  },
  readModifyWrite("add", wasm.i32AtomicRmwAdd),
  readModifyWrite("exchange", wasm.i32AtomicRmwXchg),
  readModifyWrite("or", wasm.i32AtomicRmwOr),
  readModifyWrite("and", wasm.i32AtomicRmwAnd),
  {
    name: "fill",
    parameters: ["i32", "i32", "i32"],
    results: [],
    body: [localGet(0), localGet(1), localGet(2), wasm.memoryFill],
  },
  {
    name: "copy",
    parameters: ["i32", "i32", "i32"],
    results: [],
    body: [localGet(0), localGet(1), localGet(2), wasm.memoryCopy],
  },
];

/** Largest maximum a 32-bit memory can have, so that every memory may be imported. */
const MAXIMUM_PAGES = 65536;

/**
 * Compiles and instantiates the helper over `memory`.
 * @returns undefined where compiling WebAssembly is forbidden (by a content security policy)
 */
export function wasmHelper(memory: WebAssembly.Memory): WasmHelper | undefined {
  const shared = memory.buffer instanceof SharedArrayBuffer;
  const bytes = emitModule({ module: "heap", name: "memory", shared, maximum: MAXIMUM_PAGES }, FUNCTIONS);
  try {
    const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), { heap: { memory } });
    return instance.exports as unknown as WasmHelper;
  } catch {
    return undefined;
  }
}
