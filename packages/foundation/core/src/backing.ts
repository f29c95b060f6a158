/**
 * What holds the bytes of a memory and how it is made longer. Two kinds: a buffer of JavaScript's, and a
 * WebAssembly.Memory, whose buffer is another object after each growth.
 */
export interface Backing {
  readonly base: number;
  readonly maximumBytes: number;
  /** The buffer as it is now. @param wanted length in bytes that another thread may have grown it to */
  buffer(wanted: number): ArrayBufferLike;
  /** Tries to make the buffer at least `bytes` long. Losing a race against a thread that grew it further is no failure. */
  grow(bytes: number): void;
}

/**
 * What kind of object it is, also if it is another realm's, and where the engine has no class of that name to ask for: no
 * SharedArrayBuffer in a page that is not cross-origin isolated, no WebAssembly in an engine that does without.
 */
export function tagOf(value: unknown): unknown {
  return (Object(value) as Partial<ArrayBufferLike>)[Symbol.toStringTag];
}

export function isShared(buffer: unknown): buffer is SharedArrayBuffer {
  return tagOf(buffer) === "SharedArrayBuffer";
}

export class BufferBacking implements Backing {
  constructor(
    private readonly bytes: ArrayBufferLike,
    readonly base: number,
    readonly maximumBytes: number,
  ) {}

  buffer(): ArrayBufferLike {
    return this.bytes;
  }

  grow(bytes: number): void {
    try {
      if (isShared(this.bytes)) this.bytes.grow(bytes);
      else this.bytes.resize(bytes);
    } catch {
      // shorter than it already is, or longer than allowed: the caller looks at the length
    }
  }
}

const WASM_PAGE = 65536;

export class WasmBacking implements Backing {
  constructor(
    readonly memory: WebAssembly.Memory,
    readonly base: number,
    readonly maximumBytes: number,
  ) {}

  /**
   * V8 tells other threads of a shared memory's growth by an interrupt, which hot code may not have taken yet: the buffer
   * is then still the short one, though the thread knows an address behind it (Node 20: 4 of 20,000 growths). Growing
   * by nothing brings it up to date. Not an unshared memory's, whose views that would empty.
   */
  buffer(wanted: number): ArrayBufferLike {
    const { buffer } = this.memory;
    if (buffer.byteLength >= wanted || !isShared(buffer)) return buffer;
    this.memory.grow(0);
    return this.memory.buffer;
  }

  grow(bytes: number): void {
    // growth is relative here, so two threads that ask at once may overshoot; the bytes are not lost, only early
    if (this.buffer(bytes).byteLength >= bytes) return;
    const missing = Math.ceil((bytes - this.memory.buffer.byteLength) / WASM_PAGE);
    try {
      this.memory.grow(missing);
    } catch {
      // at its maximum: the caller looks at the length
    }
  }
}
