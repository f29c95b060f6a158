/**
 * The helper module: a few hundred bytes of WebAssembly over the heap's own memory. One call of it costs about half
 * of one Atomics call, and a 64-bit compare-and-swap an eighth, since no BigInt is made (Node 20 to 26). Words are
 * the same words, so threads with and without the helper share a heap.
 */
import { wasm, type Instruction, type WasmFunction } from "./wasm-emitter.js";
import type { WasmProgram } from "./wasm-program.js";

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
function readModifyWrite(instruction: Instruction): WasmFunction {
  return { parameters: ["i32", "i32"], results: ["i32"], body: [...word, localGet(1), instruction] };
}

export const WASM_HELPER: WasmProgram<WasmHelper> = () => ({
  load: { parameters: ["i32"], results: ["i32"], body: [...word, wasm.i32AtomicLoad] },
  store: { parameters: ["i32", "i32"], results: [], body: [...word, localGet(1), wasm.i32AtomicStore] },
  cas: {
    parameters: ["i32", "i32", "i32"],
    results: ["i32"],
    body: [...word, localGet(1), localGet(2), wasm.i32AtomicRmwCmpxchg, localGet(1), wasm.i32Eq],
  },
  cas2: {
    parameters: ["i32", "i32", "i32", "i32", "i32"],
    results: ["i32"],
    body: [...word, ...joined(1, 2), ...joined(3, 4), wasm.i64AtomicRmwCmpxchg, ...joined(1, 2), wasm.i64Eq],
  },
  add: readModifyWrite(wasm.i32AtomicRmwAdd),
  exchange: readModifyWrite(wasm.i32AtomicRmwXchg),
  or: readModifyWrite(wasm.i32AtomicRmwOr),
  and: readModifyWrite(wasm.i32AtomicRmwAnd),
  fill: {
    parameters: ["i32", "i32", "i32"],
    results: [],
    body: [localGet(0), localGet(1), localGet(2), wasm.memoryFill],
  },
  copy: {
    parameters: ["i32", "i32", "i32"],
    results: [],
    body: [localGet(0), localGet(1), localGet(2), wasm.memoryCopy],
  },
});
