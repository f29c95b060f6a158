/**
 * A typed array whose every element access is told to a memory: a Proxy, since a typed array's elements can be watched in
 * no other way without rewriting the code that uses them (docs/decisions/0006).
 *
 * Bytes and halves of words are told as accesses of their word: the explorer takes two threads that write neighbouring
 * bytes plainly for a race, though the engine would keep them apart.
 */

/** The memory behind a view, to which each access is told. */
interface Watcher {
  readonly buffer: ArrayBufferLike;
  readonly maximumBytes: number;
  /** Bytes that the view shows. */
  readonly end: number;
  /** A read of `span` words from `w` on, of which `read` makes the value. */
  plainRead(w: number, span: number, read: () => number): number;
  /** A write of word `w`, of which `value` says the new value. */
  plainWrite(w: number, value: () => number): void;
}

interface ViewClass<T> {
  new (buffer: ArrayBufferLike, offset: number, length: number): T;
  readonly BYTES_PER_ELEMENT: number;
}

type View = Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array | Float32Array | Float64Array;

/** Methods of arrays that work on anything with a length and elements. */
const METHODS: Readonly<Record<string, (this: ArrayLike<number> & number[], ...args: never[]) => unknown>> = {
  fill: Array.prototype.fill,
  slice: Array.prototype.slice,
  // a copy serves all who only read from it
  subarray: Array.prototype.slice,
  every: Array.prototype.every,
  set(values: ArrayLike<number>, offset = 0) {
    for (let i = 0; i < values.length; i++) this[offset + i] = values[i];
  },
};

export function watchedView<T extends View>(memory: Watcher, Class: ViewClass<T>): T {
  const size = Class.BYTES_PER_ELEMENT;
  const raw = new Class(memory.buffer, 0, Math.floor(memory.maximumBytes / size));
  const words = new Int32Array(memory.buffer, 0, Math.floor(memory.maximumBytes / 4));
  const span = Math.max(1, size / 4);
  // what a write of one element makes of its words
  const scratch = new ArrayBuffer(8);
  const scratchElements = new Class(scratch, 0, 8 / size);
  const scratchWords = new Int32Array(scratch);
  const writeElement = (index: number, value: number): void => {
    const first = Math.floor((index * size) / 4);
    const inside = size < 4 ? index % (4 / size) : 0;
    for (let i = 0; i < span; i++) {
      memory.plainWrite(first + i, () => {
        if (size < 4) scratchWords[0] = words[first];
        scratchElements[inside] = value;
        return scratchWords[i];
      });
    }
  };
  const proxy = new Proxy(raw, {
    get(_, key) {
      const index = typeof key === "string" ? Number(key) : NaN;
      if (index >= 0) return memory.plainRead(Math.floor((index * size) / 4), span, () => raw[index]);
      if (key === "length") return Math.floor(memory.end / size);
      if (key === "BYTES_PER_ELEMENT") return size;
      const method = typeof key === "string" ? METHODS[key] : undefined;
      if (method !== undefined) return (...args: never[]) => method.apply(proxy as unknown as number[], args);
      throw new TypeError(`a watched view has no ${String(key)}`);
    },
    set(_, key, value: number) {
      writeElement(Number(key), value);
      return true;
    },
  });
  return proxy;
}
