/**
 * Words in which a function of WebAssembly can be written as it would be in JavaScript: they nest like expressions, and each gives the
 * bytes of an instruction behind those of its operands (WebAssembly core specification, section 5.4; threads proposal for the
 * atomics). For layers whose loops of accesses are one call, see `Memory.fused`.
 *
 * Values have 32 bits, and 64 where a word's name begins with `wide`. Comparisons and shifts to the right are of unsigned numbers.
 * Addresses are in bytes.
 */
import type { ValueType, WasmFunction } from "./wasm-emitter.js";
import { i32Const as number, i64Const as wide, localGet, type Instruction } from "./wasm-instructions.js";

type Unary = (a: Instruction) => Instruction;
type Binary = (a: Instruction, b: Instruction) => Instruction;

/**
 * A function whose parameters have 32 bits, as has its result.
 * @param locals its other variables and their types
 * @param body told all variables, which by themselves are read; the last instruction leaves the result
 */
export function wasmFunction<P extends string, L extends string = never>(
  parameters: readonly P[],
  locals: Readonly<Record<L, ValueType>>,
  body: (variables: Readonly<Record<P | L, Instruction>>) => readonly Instruction[],
): WasmFunction {
  const names = [...parameters, ...(Object.keys(locals) as L[])];
  const variables = Object.fromEntries(names.map((name, index) => [name, localGet(index)])) as Record<P | L, Instruction>;
  return { parameters: parameters.map(() => "i32"), locals: Object.values(locals), results: ["i32"], body: body(variables) };
}

export { number, wide };

export const isZero = unary(0x45);
/** How many of the highest bits are 0, as `Math.clz32`. */
export const leadingZeros = unary(0x67);
export const equal = binary(0x46);
export const differ = binary(0x47);
export const above = binary(0x4b);
export const atLeast = binary(0x4f);
export const add = binary(0x6a);
export const subtract = binary(0x6b);
export const multiply = binary(0x6c);
export const and = binary(0x71);
export const or = binary(0x72);
export const shiftLeft = binary(0x74);
export const shiftRight = binary(0x76);

export const wideDiffer = binary(0x52);
export const wideAdd = binary(0x7c);
export const wideAnd = binary(0x83);
export const wideOr = binary(0x84);
export const widened = unary(0xad);
/** The low word of a pair, or its high one. */
export const low = unary(0xa7);
export const high: Unary = (pair) => low(binary(0x88)(pair, wide(32)));
export const pairOf: Binary = (lowWord, highWord) => wideOr(widened(lowWord), binary(0x86)(widened(highWord), wide(32)));

/** Of the word at `address + offset`; `offset` is 0 to 127. Plain, for words that the thread owns or whose race is harmless. */
export const load = (address: Instruction, offset = 0): Instruction => [...address, 0x28, 2, offset];
export const store = (address: Instruction, value: Instruction, offset = 0): Instruction => [...address, ...value, 0x36, 2, offset];
export const atomicLoad = (address: Instruction, offset = 0): Instruction => [...address, 0xfe, 0x10, 2, offset];
export const atomicStore = (address: Instruction, value: Instruction, offset = 0): Instruction => [...address, ...value, 0xfe, 0x17, 2, offset];
/** Changes a word. Leaves what it was before. */
export const atomicAdd: Binary = (address, by) => [...address, ...by, 0xfe, 0x1e, 2, 0];
export const atomicAnd: Binary = (address, mask) => [...address, ...mask, 0xfe, 0x2c, 2, 0];
/** Of both words of a pair at once. */
export const wideAtomicLoad = (address: Instruction): Instruction => [...address, 0xfe, 0x11, 3, 0];

/** Replaces a word, or a pair, by `value` if it is `expected`. Leaves whether it was not. */
export const casFails = (address: Instruction, expected: Instruction, value: Instruction): Instruction =>
  differ([...address, ...expected, ...value, 0xfe, 0x48, 2, 0], expected);
export const wideCasFails = (address: Instruction, expected: Instruction, value: Instruction): Instruction =>
  wideDiffer([...address, ...expected, ...value, 0xfe, 0x49, 3, 0], expected);

/**
 * Whether the word around `address` lies beyond the memory, or beyond what this thread's engine knows of it: it may hear late of
 * what another thread has grown. An aligned access to what is not beyond does not trap.
 */
export const isBeyond: Unary = (address) => atLeast(shiftRight(address, number(16)), [0x3f, 0]);

export const set = (variable: Instruction, value: Instruction): Instruction => [...value, 0x21, ...variable.slice(1)];
/** Ends the function with a result. */
export const give = unary(0x0f);
export const when = (condition: Instruction, ...body: readonly Instruction[]): Instruction => [...condition, 0x04, 0x40, ...body.flat(), 0x0b];
/** Goes through `body`, and again as long as the condition behind it holds. */
export const repeat = (body: readonly Instruction[], condition: Instruction): Instruction => [0x03, 0x40, ...body.flat(), ...condition, 0x0d, 0, 0x0b];

function unary(opcode: number): Unary {
  return (a) => [...a, opcode];
}

function binary(opcode: number): Binary {
  return (a, b) => [...a, ...b, opcode];
}
