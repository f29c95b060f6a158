// How much of a memory is there: what Linux writes of it is read, and what a heap has touched is found.
import { growable, wasm } from "@heapwright/core";
import { heapwright } from "heapwright";
import { describe, expect, test } from "vitest";
import { parseMappings, residentIn } from "../src/memory/mappings.js";
import { residentBytes } from "../src/memory/resident-bytes.js";

const SMAPS = `00400000-00452000 r-xp 00000000 08:02 173521                             /usr/bin/a program
Size:                328 kB
KernelPageSize:        4 kB
Rss:                 200 kB
Pss:                 100 kB
VmFlags: rd ex mr mw me dw
7f0000000000-7f0000010000 rw-p 00000000 00:00 0
Size:                 64 kB
Rss:                  12 kB
Anonymous:            12 kB
7f0000010000-7f0000020000 rw-p 00000000 00:00 0
Size:                 64 kB
Rss:                   4 kB
7f0000020000-7f0180000000 ---p 00000000 00:00 0
Rss:                   0 kB
ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]
Rss:                   0 kB
`;

test("mappings are read from what Linux writes", () => {
  const mappings = parseMappings(SMAPS);
  expect(mappings).toHaveLength(5);
  expect(mappings[0]).toEqual({ start: 0x400000, end: 0x452000, access: "r-xp", residentBytes: 200 * 1024 });
  expect(mappings.map(({ access }) => access)).toEqual(["r-xp", "rw-p", "rw-p", "---p", "--xp"]);
});

test("what is resident is summed over the mappings of a buffer, and not known when another shares the last one", () => {
  const mappings = parseMappings(SMAPS);
  expect(residentIn(mappings, 0x7f0000000000, 0x10000)).toBe(12 * 1024);
  expect(residentIn(mappings, 0x7f0000000000, 0x20000)).toBe(16 * 1024);
  expect(residentIn(mappings, 0x7f0000000000, 0x18000)).toBeUndefined();
  expect(residentIn(mappings, 0x7f0000001000, 0x10000)).toBeUndefined();
});

describe.runIf(process.platform === "linux")("of a heap", () => {
  const MAXIMUM = 2 ** 28;
  const TOUCHED = 2 ** 23;
  /** Header, and the page that is begun. */
  const SOME = 2 ** 17;

  test.each([["a growable buffer", growable({ maximum: MAXIMUM })], ["a WebAssembly.Memory", wasm({ initial: 2 ** 16, maximum: MAXIMUM })]])("in %s, what has been touched is resident, and hardly more", (_, memory) => {
    const [heap, other] = [memory, memory].map((source) => heapwright.create({ memory: source, maximumBytes: MAXIMUM }));
    const first = heap.memory.i32.slice(0, 16);
    const before = residentBytes(heap.memory) ?? NaN;
    expect(heap.memory.i32.slice(0, 16)).toEqual(first);
    const block = heap.malloc(4 * TOUCHED);
    expect(residentBytes(heap.memory)).toBeLessThan(before + SOME);
    heap.memory.u8.fill(1, block, block + TOUCHED);
    const after = residentBytes(heap.memory) ?? NaN;
    expect(after).toBeGreaterThanOrEqual(before + TOUCHED);
    expect(after).toBeLessThan(before + TOUCHED + SOME);
    expect(residentBytes(other.memory)).toBeLessThan(SOME);
    heap.free(block);
    heap.check();
  });

  test("nothing is told of memory that is part of a larger mapping, or of none", () => {
    const views = (buffer: ArrayBuffer) => ({ u8: new Uint8Array(buffer), i32: new Int32Array(buffer), end: buffer.byteLength, reach: () => false });
    expect(residentBytes(views(new ArrayBuffer(64)))).toBeUndefined();
    expect(residentBytes(views(new ArrayBuffer(0)))).toBeUndefined();
  });
});
