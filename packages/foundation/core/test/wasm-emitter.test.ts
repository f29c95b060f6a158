import { describe, expect, it } from "vitest";
import { emitModule, wasmInstructions as wasm } from "../src/index.js";

describe("emitModule", () => {
  it("writes modules that the engine accepts and runs", () => {
    const bytes = emitModule({ module: "m", name: "memory", shared: false, maximum: 1 }, {
      constant: { parameters: [], results: ["i32"], body: [wasm.i32Const(-123456)] },
      same: { parameters: ["i32", "i32"], results: ["i32"], body: [wasm.localGet(0), wasm.localGet(1), wasm.i32Eq] },
    });
    expect(WebAssembly.validate(bytes)).toBe(true);
    const memory = new WebAssembly.Memory({ initial: 1 });
    const exports = new WebAssembly.Instance(new WebAssembly.Module(bytes), { m: { memory } }).exports as Record<string, (...n: number[]) => number>;
    expect(exports.constant()).toBe(-123456);
    expect([exports.same(4, 4), exports.same(4, 5)]).toEqual([1, 0]);
  });

  it("encodes constants of every length", () => {
    for (const value of [0, 1, 63, 64, -64, -65, 8191, 8192, 2 ** 31 - 1, -(2 ** 31)]) {
      const bytes = emitModule({ module: "m", name: "n", shared: true, maximum: 65536 }, {
        f: { parameters: [], results: ["i32"], body: [wasm.i32Const(value)] },
      });
      const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
      const f = new WebAssembly.Instance(new WebAssembly.Module(bytes), { m: { n: memory } }).exports.f as () => number;
      expect(f()).toBe(value);
    }
  });
});
