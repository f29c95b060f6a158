// What functions written with the words of wasm-code.ts do, and on which memories there are any.
import { expect, test } from "vitest";
import { fixed, growable, wasm, wasmCode, type WasmProgram } from "../src/index.js";
import { open } from "./memories.js";

const {
  above, add, and, atLeast, atomicAdd, atomicAnd, atomicLoad, atomicStore, casFails, differ, equal, give, high, isBeyond, isZero, leadingZeros, load, low, multiply, number, or, pairOf, repeat, set,
  shiftLeft, shiftRight, store, subtract, wasmFunction, when, wide, wideAdd, wideAnd, wideAtomicLoad, wideCasFails, wideOr, widened,
} = wasmCode;

interface Sample {
  compare(a: number, b: number): number;
  compute(a: number, b: number): number;
  sum(from: number, words: number): number;
  raise(word: number, most: number): number;
  step(pair: number, lowStep: number): number;
  mask(pair: number): number;
  beyond(address: number): number;
  zeros(a: number): number;
  shift(a: number, by: number): number;
  count(word: number, by: number): number;
  clear(word: number, mask: number): number;
}

const SAMPLE: WasmProgram<Sample> = () => ({
  compare: wasmFunction(["a", "b"], {}, ({ a, b }) => [
    add(equal(a, b), add(multiply(differ(a, b), number(10)), add(multiply(above(a, b), number(100)), add(multiply(atLeast(a, b), number(1000)), multiply(isZero(a), number(10000)))))),
  ]),
  compute: wasmFunction(["a", "b"], {}, ({ a, b }) => [or(and(subtract(a, b), number(0xff0)), shiftRight(a, number(28)))]),
  // all words from an address on, backwards
  sum: wasmFunction(["from", "words"], { at: "i32", total: "i32" }, ({ from, words, at, total }) => [
    when(isZero(words), give(number(-1))),
    set(at, add(from, multiply(words, number(4)))),
    repeat([set(at, subtract(at, number(4))), set(total, add(total, load(at)))], differ(at, from)),
    total,
  ]),
  // counts a word up, to a limit; tells the word behind it of each time
  raise: wasmFunction(["word", "most"], { seen: "i32" }, ({ word, most, seen }) => [
    repeat([
      set(seen, atomicLoad(word)),
      when(atLeast(seen, most), store(word, number(-2), 8), give(number(0))),
    ], casFails(word, seen, add(seen, number(1)))),
    atomicStore(word, add(atomicLoad(word, 4), number(1)), 4),
    number(1),
  ]),
  // adds to both halves of a pair; answers with the sum of what they were
  step: wasmFunction(["pair", "lowStep"], { seen: "i64" }, ({ pair, lowStep, seen }) => [
    repeat([set(seen, wideAtomicLoad(pair))], wideCasFails(pair, seen, pairOf(add(low(seen), lowStep), add(high(seen), number(1))))),
    add(low(seen), high(seen)),
  ]),
  // clears the two low bits of a pair, adds 4 across the halves, and sets the lowest bit
  mask: wasmFunction(["pair"], { seen: "i64" }, ({ pair, seen }) => [
    repeat([set(seen, wideAtomicLoad(pair))], wideCasFails(pair, seen, wideOr(wideAdd(wideAnd(seen, wide(-4)), wide(4)), widened(number(1))))),
    number(0),
  ]),
  beyond: wasmFunction(["address"], {}, ({ address }) => [isBeyond(address)]),
  zeros: wasmFunction(["a"], {}, ({ a }) => [leadingZeros(a)]),
  shift: wasmFunction(["a", "by"], {}, ({ a, by }) => [shiftLeft(a, by)]),
  count: wasmFunction(["word", "by"], {}, ({ word, by }) => [atomicAdd(word, by)]),
  clear: wasmFunction(["word", "mask"], {}, ({ word, mask }) => [atomicAnd(word, mask)]),
});

const KINDS = [
  ["a shared", () => wasm({ initial: 65536, maximum: 2 ** 20 })],
  ["an unshared", () => wasm(new WebAssembly.Memory({ initial: 1, maximum: 16 }))],
] as const;

test.each(KINDS)("functions over %s WebAssembly.Memory compute, loop and swap", (_name, source) => {
  const memory = open(source());
  const sample = memory.fused(SAMPLE)!;
  expect([sample.compare(1, 1), sample.compare(1, 2), sample.compare(-1, 2), sample.compare(0, 0)]).toEqual([1001, 10, 1110, 11001]);
  expect(sample.compute(0xf0001234, 0x10)).toBe(0x220 | 0xf);
  for (const a of [0, 1, 15, 16, 0x7fffffff, -1]) expect(sample.zeros(a)).toBe(Math.clz32(a));
  expect([sample.shift(3, 4), sample.shift(-1, 31), sample.shift(5, 32)]).toEqual([48, -(2 ** 31), 5]);

  memory.i32[40] = 0x7ffffffe;
  expect([sample.count(160, 3), sample.clear(160, 0xff0000f), memory.i32[40]]).toEqual([0x7ffffffe, -0x7fffffff, 1]);

  memory.i32.set([5, -7, 1 << 20], 16);
  expect([sample.sum(64, 3), sample.sum(64, 0)]).toEqual([(1 << 20) - 2, -1]);

  expect([sample.raise(256, 2), sample.raise(256, 2), sample.raise(256, 2)]).toEqual([1, 1, 0]);
  expect([...memory.i32.subarray(64, 67)]).toEqual([2, 2, -2]);

  memory.i32.set([-1, 0x7fffffff], 128);
  expect(sample.step(512, 3)).toBe(0x7ffffffe);
  expect([...memory.i32.subarray(128, 130)]).toEqual([2, -0x80000000]);
  memory.i32.set([-2, 9], 128);
  sample.mask(512);
  expect([...memory.i32.subarray(128, 130)]).toEqual([1, 10]);
});

test("bytes beyond the memory are known as such, up to 4 GiB and after growth", () => {
  const memory = open(wasm({ initial: 65536, maximum: 2 ** 32 }));
  const { beyond } = memory.fused(SAMPLE)!;
  expect([0, 65535, 65536, 2 ** 31, 2 ** 32 - 1].map((address) => beyond(address))).toEqual([0, 0, 1, 1, 1]);
  memory.grow(131072);
  expect([65536, 131071, 131072].map((address) => beyond(address))).toEqual([0, 0, 1]);
  memory.grow(2 ** 32);
  expect([131072, 2 ** 31, 2 ** 32 - 1].map((address) => beyond(address))).toEqual([0, 0, 0]);
});

test("a program becomes functions once for a memory, and only where that is WebAssembly's and has the helper", () => {
  const memory = open(wasm({ initial: 65536, maximum: 65536 }));
  expect(memory.fused(SAMPLE)).toBe(memory.fused(SAMPLE));
  expect(open(wasm({ initial: 65536, maximum: 65536 })).fused(SAMPLE)).not.toBe(memory.fused(SAMPLE));
  const others = [growable(), fixed(65536), fixed(new ArrayBuffer(65536)), wasm({ initial: 65536, maximum: 65536 }, { helper: "never" })];
  expect(others.map((source) => open(source).fused(SAMPLE))).toEqual(others.map(() => undefined));
});
