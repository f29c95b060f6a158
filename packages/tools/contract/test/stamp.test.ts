import { growable, openMemory } from "@heapwright/core";
import { describe, expect, test } from "vitest";
import { smearIn, stamp } from "../src/stamp.js";

const memory = openMemory(growable({ initial: 65536, maximum: 2 ** 21 }).open().handle);

describe("a stamp", () => {
  test("fills exactly the bytes it was asked for", () => {
    for (const bytes of [0, 1, 2, 3, 4, 5, 7, 8, 63, 64, 65, 1000, 1001, 1002, 1003]) {
      memory.fill(0, 4096, 0xee);
      stamp(memory, 64, bytes, 77);
      expect(smearIn(memory, 64, bytes, 77)).toBe(-1);
      expect([memory.u8[63], memory.u8[64 + bytes]]).toEqual([0xee, 0xee]);
    }
  });

  test("shows every changed byte of a small block", () => {
    const bytes = 301;
    stamp(memory, 64, bytes, 5);
    for (let offset = 0; offset < bytes; offset++) {
      memory.u8[64 + offset] ^= 0x40;
      const smear = smearIn(memory, 64, bytes, 5);
      expect(smear).toBeGreaterThanOrEqual(offset - 3);
      expect(smear).toBeLessThanOrEqual(offset);
      memory.u8[64 + offset] ^= 0x40;
    }
  });

  test("shows changed ends, and whole pages that were changed, of a large block", () => {
    const bytes = 1_000_003;
    expect(memory.grow(1_100_000)).toBe(true);
    stamp(memory, 128, bytes, 9);
    expect(smearIn(memory, 128, bytes, 9)).toBe(-1);
    for (const [offset, length] of [[0, 1], [2047, 1], [bytes - 1, 1], [bytes - 2000, 1], [65536, 65536], [500_000, 20_000]] as const) {
      const kept = memory.u8.slice(128 + offset, 128 + offset + length);
      memory.fill(128 + offset, length, 0x33);
      expect(smearIn(memory, 128, bytes, 9), `${length} bytes at ${offset}`).toBeGreaterThanOrEqual(0);
      memory.u8.set(kept, 128 + offset);
    }
    expect(smearIn(memory, 128, bytes, 9)).toBe(-1);
  });

  test("can be checked up to a limit, whatever stands behind it", () => {
    for (const bytes of [100, 9000, 200_001]) {
      for (const limit of [0, 1, 2, 3, 50, 99, 100, 3001, 8999, 200_000]) {
        if (limit > bytes) continue;
        stamp(memory, 64, bytes, 21);
        memory.fill(64 + limit, bytes - limit, 0);
        expect(smearIn(memory, 64, bytes, 21, limit), `${limit} of ${bytes}`).toBe(-1);
        if (limit > 0) expect(smearIn(memory, 64, bytes, 22, limit)).toBe(0);
      }
    }
  });
});
