/**
 * The helper module: a few hundred bytes of WebAssembly over the heap's own memory. One call of it costs about half
 * of one Atomics call, and a 64-bit compare-and-swap an eighth, since no BigInt is made (Node 20 to 26). Words are
 * the same words, so threads with and without the helper share a heap.
 */
import type { ValueType, WasmFunction } from "./wasm-emitter.js";
import * as wasm from "./wasm-instructions.js";
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

/** A function without branches: all parameters are words, as is its result, if it has one. */
function straight(parameters: number, results: 0 | 1, ...body: wasm.Instruction[]): WasmFunction {
  const words = (count: number): ValueType[] => new Array<ValueType>(count).fill("i32");
  return { parameters: words(parameters), results: words(results), body };
}

/** The byte address of the word whose index is local 0. */
const word: wasm.Instruction[] = [wasm.localGet(0), wasm.i32Const(2), wasm.i32Shl];

/** One i64 of the locals `low` and the one behind it. */
function joined(low: number): wasm.Instruction[] {
  return [wasm.localGet(low), wasm.i64ExtendI32U, wasm.localGet(low + 1), wasm.i64ExtendI32U, wasm.i64Const(32), wasm.i64Shl, wasm.i64Or];
}

/** A function (w, value) => word before, made of one read-modify-write instruction. */
function readModifyWrite(instruction: wasm.Instruction): WasmFunction {
  return straight(2, 1, ...word, wasm.localGet(1), instruction);
}

export const WASM_HELPER: WasmProgram<WasmHelper> = () => ({
  load: straight(1, 1, ...word, wasm.i32AtomicLoad),
  store: straight(2, 0, ...word, wasm.localGet(1), wasm.i32AtomicStore),
  cas: straight(3, 1, ...word, wasm.localGet(1), wasm.localGet(2), wasm.i32AtomicRmwCmpxchg, wasm.localGet(1), wasm.i32Eq),
  cas2: straight(5, 1, ...word, ...joined(1), ...joined(3), wasm.i64AtomicRmwCmpxchg, ...joined(1), wasm.i64Eq),
  add: readModifyWrite(wasm.i32AtomicRmwAdd),
  exchange: readModifyWrite(wasm.i32AtomicRmwXchg),
  or: readModifyWrite(wasm.i32AtomicRmwOr),
  and: readModifyWrite(wasm.i32AtomicRmwAnd),
  fill: straight(3, 0, wasm.localGet(0), wasm.localGet(1), wasm.localGet(2), wasm.memoryFill),
  copy: straight(3, 0, wasm.localGet(0), wasm.localGet(1), wasm.localGet(2), wasm.memoryCopy),
});
