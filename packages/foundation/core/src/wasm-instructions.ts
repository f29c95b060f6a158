/** The instructions of which straight-line functions are made, under the mnemonics of the WebAssembly specification. */
import { signed, unsigned } from "./leb128.js";

/** The bytes of one instruction. */
export type Instruction = readonly number[];

const ALIGN4 = [2, 0];
const ALIGN8 = [3, 0];

export const localGet = (index: number): Instruction => [0x20, ...unsigned(index)];
export const i32Const = (value: number): Instruction => [0x41, ...signed(value)];
export const i64Const = (value: number): Instruction => [0x42, ...signed(value)];
export const i32Eq: Instruction = [0x46];
export const i32Shl: Instruction = [0x74];
export const i64Eq: Instruction = [0x51];
export const i64Or: Instruction = [0x84];
export const i64Shl: Instruction = [0x86];
export const i64ExtendI32U: Instruction = [0xad];
export const memoryCopy: Instruction = [0xfc, 10, 0, 0];
export const memoryFill: Instruction = [0xfc, 11, 0];
export const i32AtomicLoad: Instruction = [0xfe, 0x10, ...ALIGN4];
export const i32AtomicStore: Instruction = [0xfe, 0x17, ...ALIGN4];
export const i32AtomicRmwAdd: Instruction = [0xfe, 0x1e, ...ALIGN4];
export const i32AtomicRmwAnd: Instruction = [0xfe, 0x2c, ...ALIGN4];
export const i32AtomicRmwOr: Instruction = [0xfe, 0x33, ...ALIGN4];
export const i32AtomicRmwXchg: Instruction = [0xfe, 0x41, ...ALIGN4];
export const i32AtomicRmwCmpxchg: Instruction = [0xfe, 0x48, ...ALIGN4];
export const i64AtomicRmwCmpxchg: Instruction = [0xfe, 0x49, ...ALIGN8];
