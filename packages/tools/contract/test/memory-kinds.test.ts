// What only one kind of memory can show: old data where a heap takes memory for fresh, and somebody else's below its base.
import { expect, test } from "vitest";
import { CONTRACT_CASES, MEMORY_KINDS, runContract, subjectsOf } from "@heapwright/contract";
import { damaged } from "./flaws.js";

const [growable, used, wasm] = MEMORY_KINDS;

function failuresOf(preset: ReturnType<typeof damaged>, memory: (typeof MEMORY_KINDS)[number], group: string): number {
  const [subject] = subjectsOf(preset, { memories: [memory] });
  return runContract(subject, { cases: CONTRACT_CASES.filter((one) => one.group === group) }).failures.length;
}

test("a heap that takes the bytes of its buffer for zero passes on fresh memory only", () => {
  const trusting = damaged((heap) => {
    const freed = new Set<number>();
    return {
      calloc: (count, size) => {
        const address = heap.malloc(count * size);
        if (freed.has(address)) heap.memory.fill(address, count * size, 0);
        return address;
      },
      free: (address) => {
        freed.add(address);
        heap.free(address);
      },
    };
  });
  expect(failuresOf(trusting, growable, "zero")).toBe(0);
  expect(failuresOf(trusting, used, "calloc")).toBeGreaterThan(failuresOf(trusting, growable, "calloc"));
});

test("a heap that writes below its base is found out", () => {
  const trespassing = damaged((heap) => {
    if (heap.memory.base > 0) heap.memory.u8[heap.memory.base - 1] = 0;
    return {};
  });
  expect(failuresOf(trespassing, growable, "zero")).toBe(0);
  expect(failuresOf(trespassing, wasm, "zero")).toBe(5);
});

test("the number of cases is the same on every kind of memory, and names are unique", () => {
  const names = CONTRACT_CASES.map(({ group, name }) => `${group}: ${name}`);
  expect(new Set(names).size).toBe(names.length);
  expect(MEMORY_KINDS.length).toBe(3);
});
