export type {
  Allocator, Blocks, Classes, Fixes, FreesOwn, Heap, HeapHandle, HeapOptions, HeapStats, MappedSpans, PageAccounts, PageMap, Preset, Progress, Region, RegionState, SizesOwn, Spans, Tidies, Trims, Visit,
} from "./api.js";
export { BufferBacking, WasmBacking, type Backing } from "./backing.js";
export { AttachError, DepartedError, HeapCorruptionError, InvalidAddressError, type AttachMismatch } from "./errors.js";
export {
  countOnes, extentOfBlocks, plainExtent,
  type BlockShape, type CachedBlocks, type Extent, type ExtentUse, type Inspector,
} from "./inspection.js";
export {
  diagram, i32, packed, pair, struct, words,
  type BitField, type Field, type Layout, type Packed, type PackedInfo, type Struct, type StructInfo,
} from "./layout.js";
export { Memory } from "./memory.js";
export { flag, integerIn, isObject, isPowerOfTwo, objectIn, oneOf, powerOfTwoIn } from "./options.js";
export { PAGE_BYTES, PAGE_NOTE, pageNote } from "./page-note.js";
export { weakest } from "./progress.js";
export { FORMAT_VERSION, ROOT, Root, type Identity } from "./root.js";
export { ScriptMemory } from "./script-memory.js";
export { ADDRESS_SPACE, fastest, fixed, growable, openMemory, wasm, type GrowingSizes, type Helper, type MemoryHandle, type MemorySource, type OpenedSource } from "./sources.js";
export { showValue } from "./show-value.js";
export { THREAD_SLOT, THREADS, ThreadRegistry } from "./threads.js";
export * as wasmCode from "./wasm-code.js";
export { emitModule, type MemoryImport, type ValueType, type WasmFunction } from "./wasm-emitter.js";
export type { Instruction } from "./wasm-instructions.js";
export * as wasmInstructions from "./wasm-instructions.js";
export { WasmMemory } from "./wasm-memory.js";
export type { WasmProgram } from "./wasm-program.js";
