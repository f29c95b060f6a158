import { runInNewContext } from "node:vm";
import { afterEach, describe, expect, it, vi } from "vitest";
import { AttachError, fastest, fixed, growable, openMemory, wasm } from "../src/index.js";
import { KINDS, open } from "./memories.js";

describe.each(KINDS)("word operations on %s", (_name, source) => {
  it("loads what was stored, as a signed word", () => {
    const memory = open(source());
    memory.store(5, 0xffffffff);
    expect(memory.load(5)).toBe(-1);
    expect(memory.i32[5]).toBe(-1);
    expect(memory.racyLoad(5)).toBe(-1);
  });

  it("replaces a word only if it is the expected one, whatever the sign it is given with", () => {
    const memory = open(source());
    memory.store(5, 0x80000000);
    expect(memory.cas(5, 1, 2)).toBe(false);
    expect(memory.cas(5, 0x80000000, 0xfffffff0)).toBe(true);
    expect(memory.cas(5, -16, 7)).toBe(true);
    expect(memory.load(5)).toBe(7);
  });

  it("replaces two words at once only if both are the expected ones", () => {
    const memory = open(source());
    memory.store(6, -1);
    memory.store(7, 0x7fffffff);
    expect(memory.cas2(6, -1, 0, 1, 1)).toBe(false);
    expect(memory.cas2(6, 0, 0x7fffffff, 1, 1)).toBe(false);
    expect(memory.cas2(6, 0xffffffff, 0x7fffffff, 0x80000001, -2)).toBe(true);
    expect([memory.load(6), memory.load(7), memory.load(8)]).toEqual([-0x7fffffff, -2, 0]);
  });

  it("adds, exchanges, ors and ands, answering the word before", () => {
    const memory = open(source());
    expect(memory.add(9, 5)).toBe(0);
    expect(memory.add(9, -6)).toBe(5);
    expect(memory.exchange(9, 0b1100)).toBe(-1);
    expect(memory.or(9, 0b0011)).toBe(0b1100);
    expect(memory.and(9, 0b0110)).toBe(0b1111);
    expect(memory.load(9)).toBe(0b0110);
  });

  it("fills and copies bytes, also where ranges overlap", () => {
    const memory = open(source());
    memory.fill(101, 6, 0xab);
    expect([...memory.u8.subarray(100, 108)]).toEqual([0, 0xab, 0xab, 0xab, 0xab, 0xab, 0xab, 0]);
    memory.u8.set([1, 2, 3, 4], 200);
    memory.copy(201, 200, 4);
    expect([...memory.u8.subarray(200, 206)]).toEqual([1, 1, 2, 3, 4, 0]);
  });

  it("zeroes exactly what it is told, of every length and from every address", () => {
    const memory = open(source());
    for (const bytes of [0, 1, 7, 8, 9, 63, 64, 65, 255, 256, 257, 300, 1000, 1001]) {
      for (const address of [4096, 4097, 4104, 4108]) {
        memory.u8.fill(1, 4000, 5300);
        memory.fill(address, bytes, 0);
        const zeros = [...memory.u8.subarray(4000, 5300)].flatMap((byte, i) => (byte === 0 ? [4000 + i] : []));
        expect([bytes, zeros.length, zeros[0], zeros.at(-1)]).toEqual([bytes, bytes, ...(bytes === 0 ? [undefined, undefined] : [address, address + bytes - 1])]);
      }
    }
  });
});

describe("the fastest memory there is", () => {
  const sizes = { initial: 65536, maximum: 262144 };
  const kindOf = (): string => fastest(sizes).open().handle.kind;
  afterEach(() => vi.unstubAllGlobals());

  it("is a shared WebAssembly.Memory that grows", () => {
    const { handle } = fastest(sizes).open();
    expect(handle.kind).toBe("wasm");
    const memory = openMemory(handle);
    expect([memory.end, memory.grow(262144), memory.grow(262145), memory.end]).toEqual([65536, true, false, 262144]);
  });

  it("is a buffer where nothing may be compiled", () => {
    const forbidden = class { constructor() { throw new WebAssembly.CompileError("Wasm code generation disallowed by embedder"); } };
    vi.stubGlobal("WebAssembly", { Memory: WebAssembly.Memory, Module: forbidden });
    expect(kindOf()).toBe("buffer");
  });

  it("is a buffer where there is no WebAssembly at all", () => {
    vi.stubGlobal("WebAssembly", undefined);
    expect(kindOf()).toBe("buffer");
  });

  it("is a buffer when the engine has no room for another memory", () => {
    const full = class { constructor() { throw new RangeError("could not allocate memory"); } };
    vi.stubGlobal("WebAssembly", { Memory: full, Module: WebAssembly.Module });
    expect(kindOf()).toBe("buffer");
  });

  it("has the sizes and limits of others", () => {
    expect(fastest().open(1000).handle.maximumBytes).toBe(1000);
    expect(() => fastest({ initial: 0 })).toThrow(RangeError);
    expect(() => fastest({ initial: 10, maximum: 5 })).toThrow(RangeError);
    expect(() => fastest({ maximum: 2 ** 33 })).toThrow(RangeError);
  });
});

describe("growth", () => {
  const growing = [
    ["a growable SharedArrayBuffer", () => growable({ initial: 65536, maximum: 262144 })],
    ["a shared WebAssembly.Memory", () => wasm({ initial: 65536, maximum: 262144 })],
    ["an unshared WebAssembly.Memory", () => wasm(new WebAssembly.Memory({ initial: 1, maximum: 4 }), { maximum: 262144 })],
  ] as const;

  it.each(growing)("makes %s longer and shows it in the views", (_name, source) => {
    const memory = open(source());
    memory.store(1, 42);
    expect(memory.grow(65537)).toBe(true);
    expect(memory.end).toBeGreaterThanOrEqual(65537);
    memory.u8[65536] = 7;
    expect(memory.u8[65536]).toBe(7);
    expect(memory.load(1)).toBe(42);
    expect(memory.grow(262144)).toBe(true);
    expect(memory.grow(262145)).toBe(false);
    expect(memory.end).toBe(262144);
  });

  it("by another thread leaves views short until they reach", () => {
    const { handle } = growable({ initial: 65536, maximum: 262144 }).open();
    const [mine, theirs] = [openMemory(handle), openMemory(handle)];
    theirs.grow(131072);
    theirs.i32[20000] = 9;
    expect(mine.end).toBe(65536);
    expect(mine.i32[20000]).toBeUndefined();
    expect(mine.racyLoad(20000)).toBe(9);
    expect(mine.end).toBe(131072);
    expect(mine.reach(131071)).toBe(true);
    expect(mine.reach(131072)).toBe(false);
    expect(mine.racyLoad(131072 / 4)).toBe(0);
  });

  it("by two threads at once loses neither", () => {
    const { handle } = wasm({ initial: 65536, maximum: 2 ** 22 }).open();
    const [a, b] = [openMemory(handle), openMemory(handle)];
    expect(a.grow(65536 * 3)).toBe(true);
    expect(b.grow(65536 * 2)).toBe(true);
    expect(b.end).toBe(65536 * 3);
  });

  it("stops where the engine refuses, though the limit is higher", () => {
    const memory = open(wasm(new WebAssembly.Memory({ initial: 1, maximum: 2, shared: true }), { maximum: 2 ** 20 }));
    expect(memory.grow(131072)).toBe(true);
    expect(memory.grow(131073)).toBe(false);
    expect(memory.end).toBe(131072);
  });

  it("does not show more of a buffer than the limit", () => {
    const { handle } = wasm(new WebAssembly.Memory({ initial: 8, maximum: 8, shared: true })).open(65536);
    expect(openMemory(handle).end).toBe(65536);
  });
});

describe("an unshared WebAssembly.Memory that somebody else grows", () => {
  it.each(["auto", "never"] as const)("empties the views, and any reach renews them (helper: %s)", (helper) => {
    const grown = new WebAssembly.Memory({ initial: 1, maximum: 8 });
    const memory = openMemory(wasm(grown, { helper }).open().handle);
    memory.i32[10] = 7;
    grown.grow(1);
    expect(memory.i32[10]).toBe(undefined);
    expect(memory.reach(0)).toBe(true);
    expect([memory.i32[10], memory.load(10), memory.end]).toEqual([7, 7, 131072]);
    grown.grow(0);
    expect([memory.reach(131071), memory.reach(131072), memory.i32[10]]).toEqual([true, false, 7]);
  });
});

describe("4 GiB", () => {
  it("are addressed to the last byte, past the sign bit of words", () => {
    const memory = open(growable({ initial: 65536, maximum: 2 ** 32 }));
    expect(memory.grow(2 ** 32)).toBe(true);
    expect(memory.end).toBe(2 ** 32);
    const w = 0xfffffff8 >>> 2;
    memory.i32[w] = 5;
    expect(memory.cas2(w, 5, 0, 6, 7)).toBe(true);
    expect(memory.load(w + 1)).toBe(7);
    memory.fill(0xfffffff0, 4, 1);
    expect(memory.i32[0xfffffff0 >>> 2]).toBe(0x01010101);
  });

  it("also through the helper", () => {
    const memory = open(wasm({ initial: 65536, maximum: 2 ** 32 }));
    expect(memory.grow(2 ** 32)).toBe(true);
    const w = 0xfffffff8 >>> 2;
    memory.store(w, 5);
    expect(memory.cas2(w, 5, 0, 6, 7)).toBe(true);
    expect([memory.i32[w], memory.i32[w + 1]]).toEqual([6, 7]);
    memory.fill(0xfffffff0, 4, 1);
    memory.copy(0xc0000000, 0xfffffff0, 4);
    expect(memory.i32[0xc0000000 >>> 2]).toBe(0x01010101);
  });
});

describe("a memory and its twin", () => {
  it("share words, one with the helper and one without", () => {
    const { handle } = wasm({ initial: 65536, maximum: 2 ** 20 }).open();
    const fast = openMemory(handle);
    const plain = openMemory({ ...handle, helper: "never" } as typeof handle);
    expect(fast.constructor).not.toBe(plain.constructor);
    for (let i = 0; i < 10; i++) {
      expect(fast.cas2(8, 2 * i, -2 * i, 2 * i + 1, -2 * i - 1)).toBe(true);
      expect(plain.cas2(8, 2 * i + 1, -2 * i - 1, 2 * i + 2, -2 * i - 2)).toBe(true);
    }
    expect([fast.load(8), plain.load(9)]).toEqual([20, -20]);
  });

  it("travel by structured clone", () => {
    const { handle } = growable({ initial: 65536, maximum: 131072 }).open();
    const copy = openMemory(structuredClone(handle));
    openMemory(handle).store(3, 11);
    expect(copy.load(3)).toBe(11);
  });
});

describe("sources", () => {
  it("refuse sizes out of range by name", () => {
    expect(() => growable({ initial: 0 })).toThrow(/initial must be an integer from 1/);
    expect(() => growable({ initial: 10, maximum: 5 })).toThrow(RangeError);
    expect(() => growable({ maximum: 2 ** 32 + 1 })).toThrow(/maximum/);
    expect(() => fixed(1.5)).toThrow(/bytes/);
    for (const none of [8n, Symbol("x"), Object.create(null), "8", Number.NaN]) {
      for (const source of [growable, fastest]) expect(() => source({ initial: none as never })).toThrow(/initial must be an integer/);
    }
    for (const none of ["big", null, undefined, {}]) expect(() => fixed(none as never)).toThrow(/^bytes must be an integer/);
    expect(() => wasm({ initial: 1, maximum: 1 }, { base: -1 })).toThrow(/base/);
    expect(() => wasm({ initial: 1, maximum: 1 }, { helper: "maybe" as never })).toThrow(/helper/);
  });

  it("refuse null by name, which is no default", () => {
    for (const source of [growable, fastest]) {
      for (const name of ["initial", "maximum"]) expect(() => source({ [name]: null })).toThrow(`${name} must be an integer from 1 to 4294967296, not null`);
      expect(source({ initial: undefined, maximum: undefined }).open().handle.maximumBytes).toBe(2 ** 30);
    }
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 8 });
    for (const name of ["base", "maximum", "helper"]) {
      expect(() => wasm(memory, { [name]: null })).toThrow(expect.objectContaining({ name: "RangeError", message: expect.stringContaining(`${name} must be`) as string }));
      expect(wasm(memory, { [name]: undefined }).open().handle).toMatchObject({ base: 0, maximumBytes: 2 ** 30, helper: "auto" });
    }
  });

  it("refuse by name what is no object", () => {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 8 });
    for (const none of [null, 8 << 20, "8388608", true, () => 8] as never[]) {
      const refused = (message: string): unknown => expect.objectContaining({ name: "RangeError", message: expect.stringContaining(message) as string });
      for (const source of [growable, fastest]) expect(() => source(none)).toThrow(refused("sizes must be an object, not "));
      expect(() => wasm(none)).toThrow(refused("memory must be a WebAssembly.Memory, or an object"));
      expect(() => wasm(memory, none)).toThrow(refused("options must be an object, not "));
    }
    expect(() => wasm(undefined as never)).toThrow(/memory must be a WebAssembly.Memory, or an object/);
  });

  it("give every heap a memory of its own, and say what may be dirty", () => {
    const source = growable({ initial: 65536, maximum: 65536 });
    const [a, b] = [source.open(), source.open()];
    openMemory(a.handle).store(1, 1);
    expect(openMemory(b.handle).load(1)).toBe(0);
    expect(a.zeroFrom).toBe(0);
    expect(fixed(new SharedArrayBuffer(4096)).open().zeroFrom).toBe(4096);
  });

  it("refuse a buffer that was transferred away, and so does who is to open it", () => {
    const buffer = new ArrayBuffer(65536);
    const source = fixed(buffer);
    structuredClone(buffer, { transfer: [buffer] });
    expect(() => source.open()).toThrow(new RangeError("the buffer was transferred"));
    expect(() => fixed(buffer)).toThrow(RangeError);
    expect(() => openMemory({ kind: "buffer", buffer, base: 0, maximumBytes: 65536 })).toThrow(expect.objectContaining({ name: "AttachError", mismatch: "handle" }));
  });

  it("of a WebAssembly.Memory know how much of it may be dirty whenever it is opened, not when they were made", () => {
    for (const shared of [true, false]) {
      const memory = new WebAssembly.Memory({ initial: 1, maximum: 8, shared });
      const source = wasm(memory);
      expect(source.open().zeroFrom).toBe(65_536);
      memory.grow(2);
      expect([source.open().zeroFrom, source.open(131_072).handle.maximumBytes, source.open().handle.maximumBytes]).toEqual([3 * 65_536, 131_072, 2 ** 30]);
    }
  });

  it("serve one thread where there is no SharedArrayBuffer, and say why others do not", () => {
    const memories = [() => fixed(new ArrayBuffer(65_536)), () => wasm(new WebAssembly.Memory({ initial: 1, maximum: 8 }))];
    vi.stubGlobal("SharedArrayBuffer", undefined);
    try {
      for (const source of memories) {
        const memory = open(source());
        memory.i32[100] = 5;
        expect([memory.cas(100, 5, 6), memory.load(100), memory.canWait]).toEqual([true, 6, false]);
      }
      const memory = open(wasm(new WebAssembly.Memory({ initial: 1, maximum: 8 })));
      expect([memory.grow(131_072), memory.end]).toEqual([true, 131_072]);
      for (const source of [growable(), fixed(65_536)]) expect(() => source.open()).toThrow(/not cross-origin isolated/);
      expect(() => fixed("a buffer" as never)).toThrow(RangeError);
    } finally {
      vi.unstubAllGlobals();
    }
  });

  it("say so where there is no WebAssembly, and so does who is to open one", () => {
    const { handle } = wasm({ initial: 65_536, maximum: 65_536 }).open();
    vi.stubGlobal("WebAssembly", undefined);
    try {
      expect(() => wasm({ initial: 65_536, maximum: 65_536 })).toThrow(new RangeError("there is no WebAssembly in this engine"));
      expect(() => openMemory({ ...handle, memory: {} } as never)).toThrow(expect.objectContaining({ name: "AttachError", mismatch: "handle" }));
      expect(openMemory(handle).cas(5, 0, 6)).toBe(true);
    } finally {
      vi.unstubAllGlobals();
    }
  });

  it("are another realm's where that made them, as test runners and frames do", () => {
    const foreign = <T>(expression: string): T => runInNewContext(expression) as T;
    const sources = [
      fixed(foreign<ArrayBuffer>("new ArrayBuffer(65536)")),
      fixed(foreign<SharedArrayBuffer>("new SharedArrayBuffer(65536)")),
      wasm(foreign<WebAssembly.Memory>("new WebAssembly.Memory({ initial: 1, maximum: 8 })")),
      wasm(foreign<WebAssembly.Memory>("new WebAssembly.Memory({ initial: 1, maximum: 8, shared: true })")),
    ];
    for (const source of sources) {
      const [here, there] = [open(source), open(source)];
      expect([here.cas2(6, 0, 0, 7, 8), there.load(6), there.load(7)]).toEqual([true, 7, 8]);
      const canGrow = source.open().handle.kind === "wasm";
      expect([here.grow(131_072), there.reach(131_071)]).toEqual([canGrow, canGrow]);
    }
  });

  it("are none where something only says so, or stands for one", () => {
    const saysSo = (tag: string, rest: object): never => ({ [Symbol.toStringTag]: tag, byteLength: 65_536, ...rest }) as never;
    const standsFor = (memory: object): never => new Proxy(memory, {}) as never;
    const lies = { get [Symbol.toStringTag](): string { throw new Error("asked"); } } as never;
    const [buffer, shared] = [new ArrayBuffer(65_536), new SharedArrayBuffer(65_536)];
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 8, shared: true });
    for (const none of [saysSo("ArrayBuffer", {}), saysSo("SharedArrayBuffer", {}), standsFor(buffer), standsFor(shared), lies]) {
      expect(() => fixed(none)).toThrow(/^bytes must be an integer/);
      expect(() => openMemory({ kind: "buffer", buffer: none, base: 0, maximumBytes: 65_536 })).toThrow(AttachError);
    }
    for (const none of [saysSo("WebAssembly.Memory", { buffer: {} }), standsFor(memory), lies]) {
      expect(() => wasm(none)).toThrow(RangeError);
      expect(() => openMemory({ kind: "wasm", memory: none, base: 0, maximumBytes: 65_536, helper: "auto" })).toThrow(AttachError);
    }
    expect(openMemory(wasm(new WebAssembly.Memory({ initial: 0, maximum: 8, shared: true })).open().handle).end).toBe(0);
  });

  it("know an unshared WebAssembly.Memory where the global ArrayBuffer is another realm's", () => {
    const own = new WebAssembly.Memory({ initial: 1, maximum: 8 });
    vi.stubGlobal("ArrayBuffer", class {});
    try {
      const memory = open(wasm(own));
      expect([memory.detaches, memory.canWait]).toEqual([true, false]);
      own.grow(1);
      expect(memory.reach(131_071)).toBe(true);
      expect(memory.load(100)).toBe(0);
    } finally {
      vi.unstubAllGlobals();
    }
  });

  it("are refused when a handle is none", () => {
    for (const bad of [null, undefined, {}, { kind: "buffer", buffer: 5, base: 0, maximumBytes: 1 }, { kind: "tape", base: 0, maximumBytes: 1 }]) {
      expect(() => openMemory(bad as never)).toThrow(expect.objectContaining({ name: "AttachError", mismatch: "handle" }));
    }
  });
});
