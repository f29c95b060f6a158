/**
 * What holds the bytes of a memory and how it is made longer. Two kinds: a buffer of JavaScript's, and a
 * WebAssembly.Memory, whose buffer is another object after each growth.
 */
export interface Backing {
  readonly base: number;
  readonly maximumBytes: number;
  /** The buffer as it is now. */
  buffer(): ArrayBufferLike;
  /** Tries to make the buffer at least `bytes` long. Losing a race against a thread that grew it further is no failure. */
  grow(bytes: number): void;
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
      if (this.bytes instanceof SharedArrayBuffer) this.bytes.grow(bytes);
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

  buffer(): ArrayBufferLike {
    return this.memory.buffer;
  }

  grow(bytes: number): void {
    // growth is relative here, so two threads that ask at once may overshoot; the bytes are not lost, only early
    const missing = Math.ceil((bytes - this.memory.buffer.byteLength) / WASM_PAGE);
    if (missing <= 0) return;
    try {
      this.memory.grow(missing);
    } catch {
      // at its maximum: the caller looks at the length
    }
  }
}
