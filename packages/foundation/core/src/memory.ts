/**
 * The door to memory: every access to words that threads share goes through one of these. The fields are
 * explicit-length views of the buffer, for words the calling thread owns; the methods are for words it does not.
 * Because this is the only door, the same layer runs on a growable SharedArrayBuffer, on a WebAssembly.Memory or on
 * a memory that a checker watches.
 *
 * Views are explicit because a length-tracking view of a growable shared buffer costs 10 to 20 times more per access
 * (V8 11.3 to 14.6). The price: after another thread has grown the buffer, an address may lie past this thread's
 * views. A plain read there gives `undefined`, and a plain write vanishes without a trace. So every address that
 * came from shared memory or from a caller is compared with {@link end} and {@link reach}ed first.
 */
import { isShared, WasmBacking, type Backing } from "./backing.js";
import type { WasmProgram } from "./wasm-program.js";

export abstract class Memory {
  /** The buffer as this thread last saw it. */
  buffer!: ArrayBufferLike;
  i8!: Int8Array;
  u8!: Uint8Array;
  i16!: Int16Array;
  u16!: Uint16Array;
  i32!: Int32Array;
  u32!: Uint32Array;
  f32!: Float32Array;
  f64!: Float64Array;
  protected i64!: BigInt64Array;
  /** Bytes that the views cover. */
  end = 0;
  /** First byte that belongs to the heap; what lies below is somebody else's. */
  readonly base: number;
  /** Length that the buffer may grow to, in bytes. */
  readonly maximumBytes: number;
  /** Whether {@link wait} may block this thread: false on a browser's main thread and on unshared memory. */
  readonly canWait: boolean;
  /**
   * Whether growth by somebody else empties these views instead of leaving them short: of an unshared
   * WebAssembly.Memory, which its module or another heap in it may grow between two calls. Then any {@link reach} renews them.
   */
  readonly detaches: boolean;
  readonly #backing: Backing;

  constructor(backing: Backing) {
    this.#backing = backing;
    this.base = backing.base;
    this.maximumBytes = backing.maximumBytes;
    this.refresh(0);
    this.canWait = mayWait(this.buffer);
    this.detaches = backing instanceof WasmBacking && !isShared(this.buffer);
  }

  /**
   * Makes the views cover the byte at `address`, if the buffer reaches so far.
   * @returns false when it does not
   */
  reach(address: number): boolean {
    if (address < this.end && (!this.detaches || this.i32.length > 0)) return true;
    this.refresh(Math.min(address + 1, this.maximumBytes));
    return address < this.end;
  }

  /**
   * Makes the buffer at least `bytes` long. Any number of threads may ask at once: a buffer only grows, so each
   * either finds it long enough or grows it.
   * @returns false when it cannot be: beyond {@link maximumBytes}, or refused by the engine
   */
  grow(bytes: number): boolean {
    if (bytes <= this.end) return true;
    if (bytes > this.maximumBytes) return false;
    this.#backing.grow(bytes);
    this.refresh(bytes);
    return bytes <= this.end;
  }

  private refresh(wanted: number): void {
    const buffer = this.#backing.buffer(wanted);
    const bytes = Math.min(buffer.byteLength, this.maximumBytes);
    if (bytes === this.end && this.buffer !== undefined && this.i32.length > 0) return;
    this.buffer = buffer;
    this.i8 = new Int8Array(buffer, 0, bytes);
    this.u8 = new Uint8Array(buffer, 0, bytes);
    this.i16 = new Int16Array(buffer, 0, bytes >>> 1);
    this.u16 = new Uint16Array(buffer, 0, bytes >>> 1);
    // 2^32 >>> 2 would be 0, hence the division
    this.i32 = new Int32Array(buffer, 0, Math.floor(bytes / 4));
    this.u32 = new Uint32Array(buffer, 0, Math.floor(bytes / 4));
    this.f32 = new Float32Array(buffer, 0, Math.floor(bytes / 4));
    this.f64 = new Float64Array(buffer, 0, Math.floor(bytes / 8));
    this.i64 = new BigInt64Array(buffer, 0, Math.floor(bytes / 8));
    this.end = bytes;
  }

  /** A plain read of a word that others may be writing: any value it ever held may come back. Validate it by a CAS. */
  racyLoad(w: number): number {
    const value = this.i32[w];
    return value === undefined ? this.racyLoadBeyond(w) : value;
  }

  private racyLoadBeyond(w: number): number {
    return this.reach(w * 4) ? this.i32[w] : 0;
  }

  /** Sleeps until {@link notify}, a change of the word, or the time is over; may also wake for no reason. Only where {@link canWait}. */
  wait(w: number, expected: number, milliseconds: number): void {
    Atomics.wait(this.i32, w, expected | 0, milliseconds);
  }

  /** Wakes up to `count` threads that wait for word `w`. */
  notify(w: number, count: number): void {
    Atomics.notify(this.i32, w, count);
  }

  /**
   * A layer's loops of accesses, as one call each: where the memory is WebAssembly's and compiling is permitted, and only there.
   * @returns undefined where the layer is to go through the methods of this class
   */
  fused<Exports>(_program: WasmProgram<Exports>): Exports | undefined {
    return undefined;
  }

  /** Sequentially consistent read of word `w`. */
  abstract load(w: number): number;
  abstract store(w: number, value: number): void;
  /** Replaces word `w` by `value` if it is `expected`. @returns whether it was */
  abstract cas(w: number, expected: number, value: number): boolean;
  /** The same for the two words `w` and `w + 1`; `w` is even. */
  abstract cas2(w: number, low: number, high: number, newLow: number, newHigh: number): boolean;
  /** @returns the word before the addition; it wraps at 32 bits */
  abstract add(w: number, delta: number): number;
  /** @returns the word before */
  abstract exchange(w: number, value: number): number;
  /** @returns the word before */
  abstract or(w: number, mask: number): number;
  /** @returns the word before */
  abstract and(w: number, mask: number): number;
  /** Sets `bytes` bytes from `address` on. Plain: the thread owns them. */
  abstract fill(address: number, bytes: number, value: number): void;
  /** Copies as if through a temporary, so ranges may overlap. Plain: the thread owns both. */
  abstract copy(to: number, from: number, bytes: number): void;
}

/** There is no question to ask the engine but to try: a wait on a value that is not there returns at once, or throws. */
function mayWait(buffer: ArrayBufferLike): boolean {
  if (!isShared(buffer)) return false;
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1, 0);
    return true;
  } catch {
    return false;
  }
}
