import { growable, openMemory } from "@heapwright/core";
import { expect, test } from "vitest";
import { ContractViolation } from "../src/index.js";
import { proveSealed, readParcel, seal } from "../src/stress/parcel.js";

const memory = openMemory(growable({ initial: 65536, maximum: 65536 }).open().handle);

test("a parcel tells its size and seed to who knows nothing but its address", () => {
  seal(memory, { address: 256, size: 100, seed: -5 });
  expect(readParcel(memory, 256)).toEqual({ address: 256, size: 100, seed: -5 });
});

test("every byte of a parcel that is changed is found", () => {
  for (const size of [0, 1, 5, 15, 16, 17, 40, 101]) {
    const parcel = { address: 256, size, seed: 12345 };
    seal(memory, parcel);
    proveSealed(memory, parcel);
    for (let offset = 0; offset < size; offset++) {
      memory.u8[256 + offset] ^= 1;
      expect(() => proveSealed(memory, parcel), `byte ${offset} of ${size}`).toThrow(ContractViolation);
      memory.u8[256 + offset] ^= 1;
    }
  }
});

test("a parcel that was shrunk or moved is proved as far as it was kept", () => {
  for (const size of [10, 16, 64, 300]) {
    for (const kept of [0, 1, 4, 9, 12, 13, 16, 60].filter((one) => one <= size)) {
      const parcel = { address: 256, size, seed: 99 };
      seal(memory, parcel);
      memory.copy(1024, 256, kept);
      memory.fill(1024 + kept, 64, 0);
      proveSealed(memory, parcel, kept, 1024);
      if (kept === 0) continue;
      memory.u8[1024 + kept - 1] ^= 0x80;
      // the words of the label are only proved whole
      if (size < 16 || kept > 12 || kept % 4 === 0) expect(() => proveSealed(memory, parcel, kept, 1024), `${kept} of ${size}`).toThrow(ContractViolation);
    }
  }
});

test("a block that another has overwritten is no parcel", () => {
  seal(memory, { address: 256, size: 100, seed: 1 });
  memory.i32[65] = 2;
  expect(() => readParcel(memory, 256)).toThrow(/handed over by another thread, was overwritten/);
  expect(() => readParcel(memory, 65536)).toThrow(/lies behind the buffer/);
});
