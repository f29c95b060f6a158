/** Memory through the {@link WasmHelper}: the same words as through Atomics, at a half to an eighth of the time. */
import type { WasmBacking } from "./backing.js";
import { Memory } from "./memory.js";
import type { WasmHelper } from "./wasm-helper.js";
import { instantiate, type WasmProgram } from "./wasm-program.js";
import { zeroShort } from "./zeroing.js";

/** Zeroing so many bytes takes no longer by stores than by a call. */
const SHORT = 64;

export class WasmMemory extends Memory {
  readonly #helper: WasmHelper;
  readonly #memory: WebAssembly.Memory;
  readonly #programs = new Map<WasmProgram<unknown>, unknown>();

  constructor(backing: WasmBacking, helper: WasmHelper) {
    super(backing);
    this.#helper = helper;
    this.#memory = backing.memory;
  }

  override fused<Exports>(program: WasmProgram<Exports>): Exports | undefined {
    const exports = this.#programs.get(program) ?? instantiate(this.#memory, program);
    this.#programs.set(program, exports);
    return exports as Exports | undefined;
  }

  override load(w: number): number {
    return this.#helper.load(w);
  }

  override store(w: number, value: number): void {
    this.#helper.store(w, value);
  }

  override cas(w: number, expected: number, value: number): boolean {
    return this.#helper.cas(w, expected, value) !== 0;
  }

  override cas2(w: number, low: number, high: number, newLow: number, newHigh: number): boolean {
    return this.#helper.cas2(w, low, high, newLow, newHigh) !== 0;
  }

  override add(w: number, delta: number): number {
    return this.#helper.add(w, delta);
  }

  override exchange(w: number, value: number): number {
    return this.#helper.exchange(w, value);
  }

  override or(w: number, mask: number): number {
    return this.#helper.or(w, mask);
  }

  override and(w: number, mask: number): number {
    return this.#helper.and(w, mask);
  }

  override fill(address: number, bytes: number, value: number): void {
    if (value === 0 && bytes <= SHORT && (address & 7) === 0) zeroShort(this, address, bytes);
    else this.#helper.fill(address, value, bytes);
  }

  override copy(to: number, from: number, bytes: number): void {
    this.#helper.copy(to, from, bytes);
  }
}
