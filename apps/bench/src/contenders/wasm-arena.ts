/**
 * An allocator that is a WebAssembly module, called from JavaScript, as one thread can. Its memory grows inside of a call,
 * which empties all views; so after every call that may have grown it, a look at the length of one tells.
 */
import { readFileSync } from "node:fs";
import { UnservedError } from "../workloads/touch.js";
import type { Arena, Views } from "../workloads/arena.js";
import { cannotJoin, type JsContender, type OpenArena } from "./contender.js";

/** What the module exports. Addresses come as signed numbers. */
interface Exports {
  readonly memory: WebAssembly.Memory;
  malloc(bytes: number): number;
  calloc(count: number, bytes: number): number;
  realloc(address: number, bytes: number): number;
  aligned_alloc(alignment: number, bytes: number): number;
  free(address: number): void;
}

class ModuleViews implements Views {
  u8!: Uint8Array;
  i32!: Int32Array;
  end = 0;
  readonly #memory: WebAssembly.Memory;

  constructor(memory: WebAssembly.Memory) {
    this.#memory = memory;
    this.refresh();
  }

  reach(address: number): boolean {
    this.refresh();
    return address < this.end;
  }

  refresh(): void {
    const { buffer } = this.#memory;
    this.u8 = new Uint8Array(buffer);
    this.i32 = new Int32Array(buffer);
    this.end = buffer.byteLength;
  }
}

class WasmArena implements Arena {
  readonly memory: ModuleViews;
  readonly #exports: Exports;

  constructor(exports: Exports) {
    this.#exports = exports;
    this.memory = new ModuleViews(exports.memory);
  }

  malloc(bytes: number): number {
    return this.#made(this.#exports.malloc(bytes));
  }

  calloc(count: number, bytes: number): number {
    return this.#made(this.#exports.calloc(count, bytes));
  }

  realloc(address: number, bytes: number): number {
    return this.#made(this.#exports.realloc(address, bytes));
  }

  alignedAlloc(alignment: number, bytes: number): number {
    return this.#made(this.#exports.aligned_alloc(alignment, bytes));
  }

  free(address: number): void {
    this.#exports.free(address);
  }

  #made(address: number): number {
    if (this.memory.u8.length === 0) this.memory.refresh();
    return address >>> 0;
  }
}

/** @param name under which it is shown; the module is built under the same name */
export function wasmContender(name: string): JsContender {
  return { name, kind: "peer", maximumThreads: 1, keepsContents: true, open, join: cannotJoin };
}

async function open(file: string | undefined): Promise<OpenArena> {
  if (file === undefined) throw new Error("the module has not been built");
  const module = new WebAssembly.Module(readFileSync(file));
  const imports = { env: { abort: () => refuse() } };
  const exports = new WebAssembly.Instance(module, imports).exports as unknown as Exports;
  return { arena: new WasmArena(exports), handle: undefined, mappedBytes: () => exports.memory.buffer.byteLength, close: () => {} };
}

/** AssemblyScript's way to say that there is no memory, or not so much. */
function refuse(): never {
  throw new UnservedError(NaN);
}
