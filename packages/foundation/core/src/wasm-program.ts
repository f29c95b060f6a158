/**
 * Functions of WebAssembly over a heap's own memory. A loop of loads and compare-and-swaps that is one such function costs one
 * call, where through the methods of `Memory` it costs one for each access.
 *
 * A program is a second text of what a layer's methods do in JavaScript, access by access, on the same words: so threads
 * with it and without it share a heap. The protocol is explained once, there; a test runs both with the same calls and compares
 * all of memory. What is rare, or may fail, a function leaves to JavaScript: it has then changed nothing, or says
 * what it has, and it never touches a byte beyond the memory, whatever it finds in it.
 */
import { isShared } from "./backing.js";
import { emitModule, type WasmFunction } from "./wasm-emitter.js";

/** Makes functions, by the names of what they become. Compiled once for each memory: so the same program is to be the same object. */
export type WasmProgram<Exports> = () => { readonly [Name in keyof Exports]: WasmFunction };

/** Largest maximum a 32-bit memory can have, so that every memory may be imported. */
const MAXIMUM_PAGES = 65536;

/**
 * Compiles a program and instantiates it over `memory`.
 * @returns undefined where compiling WebAssembly is forbidden (by a content security policy)
 */
export function instantiate<Exports>(memory: WebAssembly.Memory, program: WasmProgram<Exports>): Exports | undefined {
  const shared = isShared(memory.buffer);
  const bytes = emitModule({ module: "heap", name: "memory", shared, maximum: MAXIMUM_PAGES }, program());
  try {
    return new WebAssembly.Instance(new WebAssembly.Module(bytes), { heap: { memory } }).exports as Exports;
  } catch {
    return undefined;
  }
}

/** Whether this engine permits compiling WebAssembly, here and now. */
export function mayCompile(): boolean {
  try {
    new WebAssembly.Module(Uint8Array.of(0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0));
    return true;
  } catch {
    return false;
  }
}
