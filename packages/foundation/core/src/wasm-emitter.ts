/**
 * Writes small WebAssembly modules, from functions given as lists of instructions. Just the part of the binary
 * format (WebAssembly core specification, section 5; threads proposal for the 0xFE opcodes) that functions over one
 * imported memory need: no calls, no tables, no globals. What straight-line functions are made of is in wasm-instructions.ts, and
 * all else in wasm-code.ts, for those who have loops.
 */
import { unsigned } from "./leb128.js";
import type { Instruction } from "./wasm-instructions.js";

export type ValueType = "i32" | "i64";

/** A function: its parameters are locals 0, 1, ..., and the others follow. */
export interface WasmFunction {
  readonly parameters: readonly ValueType[];
  readonly locals?: readonly ValueType[];
  readonly results: readonly ValueType[];
  readonly body: readonly Instruction[];
}

const CODE = { i32: 0x7f, i64: 0x7e } as const;

/** Limits of the imported memory; a shared one must state a maximum. */
export interface MemoryImport {
  readonly module: string;
  readonly name: string;
  readonly shared: boolean;
  /** In pages of 64 KiB; the memory given at instantiation must not allow more. */
  readonly maximum: number;
}

/** The bytes of a module that imports one memory and exports functions by their names. */
export function emitModule(memory: MemoryImport, exported: Readonly<Record<string, WasmFunction>>): Uint8Array & BufferSource {
  const functions = Object.values(exported);
  const type = (f: WasmFunction): number[] => [0x60, ...list(f.parameters.map((t) => [CODE[t]])), ...list(f.results.map((t) => [CODE[t]]))];
  const limits = memory.shared ? [0x03, 0, ...unsigned(memory.maximum)] : [0x00, 0];
  const body = ({ locals = [], body }: WasmFunction): number[] => sized([...list(locals.map((t) => [1, CODE[t]])), ...body.flat(), 0x0b]);
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, list(functions.map(type))),
    ...section(2, list([[...text(memory.module), ...text(memory.name), 0x02, ...limits]])),
    ...section(3, list(functions.map((_, index) => unsigned(index)))),
    ...section(7, list(Object.keys(exported).map((name, index) => [...text(name), 0x00, ...unsigned(index)]))),
    ...section(10, list(functions.map(body))),
  ]);
}

function section(id: number, content: number[]): number[] {
  return [id, ...sized(content)];
}

function list(items: readonly number[][]): number[] {
  return [...unsigned(items.length), ...items.flat()];
}

function sized(content: number[]): number[] {
  return [...unsigned(content.length), ...content];
}

function text(value: string): number[] {
  return sized([...value].map((c) => c.charCodeAt(0)));
}
