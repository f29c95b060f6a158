import { growable, openMemory } from "@heapwright/core";
import { describe, expect, test } from "vitest";
import { INTACT, readStamps, readZeroes, writeStamps } from "../src/stamps.js";

const AT = 1024;
const SIZES = [0, 1, 3, 4, 5, 15, 16, 17, 63, 64, 100, 512, 513, 4096, 5001, 100_003];
const memory = openMemory(growable({ initial: 2 ** 18 }).open().handle);

describe.each(SIZES)("stamps of a block of %i bytes", (size) => {
  test("are found again, and stay inside the block", () => {
    memory.fill(0, 2 ** 18, 0xee);
    writeStamps(memory, AT, size, 77);
    expect(readStamps(memory, AT, size, 77, size)).toBe(INTACT);
    expect(memory.u8.subarray(0, AT).every((byte) => byte === 0xee)).toBe(true);
    expect(memory.u8.subarray(AT + size, AT + size + 64).every((byte) => byte === 0xee)).toBe(true);
  });

  test("are not those of another block, nor of this one elsewhere", () => {
    if (size < 4) return;
    writeStamps(memory, AT, size, 77);
    expect(readStamps(memory, AT, size, 78, size)).not.toBe(INTACT);
    memory.copy(AT, AT + 16, size);
    if (size > 32) expect(readStamps(memory, AT, size, 77, size)).not.toBe(INTACT);
  });

  test("outlive a move to a smaller block as far as that goes", () => {
    writeStamps(memory, AT, size, 77);
    for (const kept of [0, size >> 1, Math.max(size - 1, 0)]) {
      memory.fill(AT + kept, 2 * size, 0xee);
      expect(readStamps(memory, AT, size, 77, kept)).toBe(INTACT);
      writeStamps(memory, AT, size, 77);
    }
  });
});

test("a change of the first, a middle or the last bytes is seen, with its offset", () => {
  for (const offset of [0, 16, 32, 496, 500, 501]) {
    writeStamps(memory, AT, 502, 5);
    memory.u8[AT + offset] ^= 1;
    expect(readStamps(memory, AT, 502, 5, 502)).toBe(offset === 501 ? 501 : offset);
  }
});

test("two small blocks cannot overlap unseen", () => {
  for (const [low, high, distance] of [[64, 64, 48], [512, 16, 240], [100, 512, 16]]) {
    writeStamps(memory, AT, low, 1);
    writeStamps(memory, AT + distance, high, 2);
    expect(readStamps(memory, AT, low, 1, low)).not.toBe(INTACT);
  }
});

test("any byte of a small calloc that is not zero is seen", () => {
  for (const offset of [0, 1, 50, 99]) {
    memory.fill(AT, 100, 0);
    memory.u8[AT + offset] = 1;
    expect(readZeroes(memory, AT, 100)).toBe(offset === 99 ? 96 : offset & ~3);
  }
  memory.fill(AT, 100, 0);
  expect(readZeroes(memory, AT, 100)).toBe(INTACT);
});
