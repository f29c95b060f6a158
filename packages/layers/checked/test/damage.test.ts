import { derivePreset, Wrapper } from "@heapwright/combine";
import { HeapCorruptionError, type Heap } from "@heapwright/core";
import { michael } from "@heapwright/michael";
import { beforeEach, describe, expect, it } from "vitest";
import { evidenceOf } from "../src/leaks.js";
import { checked, DamageError, leaks, MisuseError } from "../src/index.js";

const preset = checked(michael);
let heap: Heap;

function allocateHere(size: number): number {
  return heap.malloc(size);
}

function freeHere(address: number): void {
  heap.free(address);
}

function damage(action: () => unknown): DamageError {
  try {
    action();
  } catch (error) {
    if (error instanceof DamageError) return error;
    throw error;
  }
  throw new Error("no damage was found");
}

beforeEach(() => {
  heap = preset.create({ maximumBytes: 2 ** 24 });
});

describe("a write behind or before a block", () => {
  it("of one byte is found by free, realloc and check, with the place and the call site", () => {
    for (const [offset, kind, size] of [[100, "overflow", 100], [-1, "underflow", 100], [0, "overflow", 0], [64, "overflow", 64]] as const) {
      const address = allocateHere(size);
      const before = heap.memory.u8[address + offset];
      heap.memory.u8[address + offset] = 0;
      for (const call of [() => heap.check(), () => heap.realloc(address, 5), () => heap.realloc(address, 5000), () => freeHere(address)]) {
        const error = damage(call);
        expect(error).toBeInstanceOf(HeapCorruptionError);
        expect(error).toMatchObject({ kind, address, layer: "checked", block: { size, thread: heap.threadId } });
        expect(error.message).toMatch(
          `checked at 0x${address.toString(16)}: ${kind}: byte ${offset} of the block of ${size} bytes is 0x00 instead of 0x${before.toString(16)}; 1 byte outside the block was written to\n`,
        );
        expect(error.message).toMatch(/ {2}allocated by thread 1, allocation \d+\n {4}at allocateHere /);
      }
      heap.check();
    }
  });

  it("of any one byte of the sixteen on either side, whatever it writes", () => {
    const address = allocateHere(50);
    for (const offset of [...Array.from({ length: 16 }, (_, i) => 50 + i), ...Array.from({ length: 16 }, (_, i) => -1 - i)]) {
      for (const value of [0, 0x20, 0xff, 0x7f, 0xdd, 0xaa]) {
        const before = heap.memory.u8[address + offset];
        if (before === value) continue;
        heap.memory.u8[address + offset] = value;
        expect(damage(() => heap.check()).kind).toBe(offset < 0 ? "underflow" : "overflow");
        heap.memory.u8[address + offset] = before;
      }
    }
    freeHere(address);
  });

  it("costs the block and nothing else: it is freed, told once, and never used again", () => {
    heap = preset.create({ maximumBytes: 2 ** 20, sites: "sampled", siteSample: 1 });
    const [before, address, behind] = [allocateHere(100), allocateHere(100), allocateHere(100)];
    heap.memory.u8.fill(7, behind, behind + 100);
    heap.memory.u8[address + 100] = 0;
    damage(() => freeHere(address));
    heap.check();
    expect(() => freeHere(address)).toThrow(MisuseError);
    expect(() => freeHere(address)).toThrow(/the block of 100 bytes there was freed, found damaged, and withdrawn\n[^]*allocateHere[^]*freed by thread 1\n {4}at freeHere/);
    expect(leaks(heap).flatMap(({ blocks }) => blocks.map((block) => block.address))).toEqual([before, behind]);
    const others: number[] = [];
    for (let one = heap.malloc(100); one !== 0; one = heap.malloc(100)) others.push(one);
    expect(others.every((one) => Math.abs(one - address) >= 100)).toBe(true);
    expect(heap.memory.u8.subarray(behind, behind + 100).every((byte) => byte === 7)).toBe(true);
    for (const one of [before, behind, ...others]) heap.free(one);
    heap.check();
  });

  it("leaves a block that could not be resized as it was", () => {
    const address = allocateHere(100);
    heap.memory.u8.fill(5, address, address + 100);
    const before = heap.memory.u8[address + 100];
    heap.memory.u8[address + 100] = 1;
    damage(() => heap.realloc(address, 200));
    heap.memory.u8[address + 100] = before;
    heap.check();
    const moved = heap.realloc(address, 200);
    expect(heap.memory.u8.subarray(moved, moved + 100).every((byte) => byte === 5)).toBe(true);
    expect(heap.usableSize(moved)).toBe(200);
  });

  it("over the record of the next block is not believed", () => {
    const [address, next] = [allocateHere(40), allocateHere(40)].sort((a, b) => a - b);
    const record = heap.memory.u8.slice(next - 48, next - 16);
    for (let at = next - 48; at < next - 16; at++) {
      heap.memory.u8[at] ^= 0x10;
      for (const call of [() => heap.check(), () => heap.usableSize(next), () => heap.realloc(next, 10)]) {
        expect(damage(call)).toMatchObject({ kind: "overwritten record", address: next });
      }
      heap.memory.u8.set(record, next - 48);
    }
    heap.memory.u8.fill(0, next - 48, next);
    expect(damage(() => freeHere(next)).message).toContain("overwritten record: the 32 bytes that stand 48 bytes before the block were written to");
    expect(() => freeHere(next)).toThrow(/double free: the block there/);
    freeHere(address);
    heap.check();
  });
});

describe("a write into a freed block", () => {
  function writtenAfterFree(size: number, offset: number): number {
    const address = allocateHere(size);
    freeHere(address);
    heap.memory.u8[address + offset] = 0x41;
    return address;
  }

  it("is found by check, with both call sites, every time", () => {
    const address = writtenAfterFree(100, 99);
    for (let i = 0; i < 2; i++) {
      const error = damage(() => heap.check());
      expect(error).toMatchObject({ kind: "use after free", address, block: { size: 100, thread: 1, freedBy: 1 } });
      expect(error.message).toMatch(/use after free: byte 99 of the freed block of 100 bytes is 0x41 instead of 0xdd\n {2}allocated by thread 1, allocation 1\n {4}at allocateHere [^]* {2}freed by thread 1\n {4}at freeHere /);
    }
  });

  it("is found when the block leaves the quarantine, once, by whoever frees then", () => {
    heap = preset.create({ maximumBytes: 2 ** 24, quarantineBlocks: 8 });
    const other = preset.attach(heap.handle);
    const address = writtenAfterFree(100, 0);
    const rest = Array.from({ length: 9 }, () => other.malloc(100));
    for (const one of rest.slice(0, 7)) other.free(one);
    expect(damage(() => other.free(rest[7]))).toMatchObject({ kind: "use after free", address, block: { freedBy: heap.threadId } });
    // what was freed then is freed, and what was written to is out of use
    expect(() => other.free(rest[7])).toThrow(/double free/);
    other.free(rest[8]);
    heap.check();
    expect(() => other.free(address)).toThrow(/found damaged, and withdrawn/);
  });

  it("is found when the quarantine is drained for lack of memory: malloc does not throw, the next free does", () => {
    heap = preset.create({ maximumBytes: 2 ** 21 });
    const address = writtenAfterFree(1000, 500);
    const held: number[] = [];
    for (let one = heap.malloc(10_000); one !== 0; one = heap.malloc(10_000)) held.push(one);
    expect(damage(() => heap.free(held.pop()!))).toMatchObject({ kind: "use after free", address });
    heap.free(held.pop()!);
    heap.check();
  });

  it("does not keep realloc from giving back what it has moved", () => {
    heap = preset.create({ maximumBytes: 2 ** 24, quarantineBlocks: 1 });
    const address = allocateHere(100);
    const neighbour = allocateHere(100);
    writtenAfterFree(50, 1);
    const moved = heap.realloc(address, 60_000);
    expect(heap.usableSize(moved)).toBe(60_000);
    expect(damage(() => freeHere(neighbour)).kind).toBe("use after free");
    heap.check();
  });

  it("is told by the next free of any block, though a realloc of that one found it and failed", () => {
    heap = preset.create({ maximumBytes: 2 ** 21 });
    const address = allocateHere(100);
    writtenAfterFree(50, 1);
    while (heap.malloc(10_000) !== 0);
    expect(heap.realloc(address, 60_000)).toBe(0);
    expect(damage(() => freeHere(address)).kind).toBe("use after free");
    heap.check();
  });

  it("is found in a large block as far as it is filled", () => {
    heap = preset.create({ maximumBytes: 2 ** 24, poisonBytes: 4096 });
    for (const [offset, found] of [[0, true], [2047, true], [2048, false], [50_000, false], [97_951, false], [97_952, true], [99_999, true]] as const) {
      const address = writtenAfterFree(100_000, offset);
      if (found) expect(damage(() => heap.check()).message).toContain(`byte ${offset} of the freed block of 100000 bytes`);
      else heap.check();
      heap.memory.u8[address + offset] = 0xdd;
    }
  });
});

/** Over an allocator whose lock a thread holds that has died, or that does not run, from when it is told to. */
class Silent extends Wrapper {
  silent = false;
  frees = 0;

  override allocate(bytes: number): number {
    return this.silent ? 0 : super.allocate(bytes);
  }

  override usableSize(address: number): number {
    return this.silent ? -1 : super.usableSize(address);
  }

  override free(address: number): void {
    if (this.silent) this.frees++;
    else super.free(address);
  }
}

describe("an allocator below that does not answer", () => {
  it("is not asked to free all that waits in quarantine, and malloc answers 0", () => {
    let below: Silent | undefined;
    const silenced = derivePreset(michael, {
      name: "silenced",
      settings: () => ({}),
      wrap: (_root, parts) => ({ ...parts, allocator: (below = new Silent(parts.allocator)) }),
    });
    heap = checked(silenced).create({ maximumBytes: 2 ** 22 });
    const freed = Array.from({ length: 100 }, () => heap.malloc(100));
    for (const address of freed) heap.free(address);
    below!.silent = true;
    expect(heap.malloc(100)).toBe(0);
    expect(heap.alignedAlloc(64, 100)).toBe(0);
    expect(below!.frees).toBe(0);
    below!.silent = false;
    heap.check();
    expect(heap.malloc(100)).not.toBe(0);
    for (const address of freed) expect(() => heap.free(address)).toThrow(/double free/);
    heap.memory.u8[freed[50]] = 1;
    expect(damage(() => heap.check()).kind).toBe("use after free");
  });
});

describe("an allocator below that errs", () => {
  it("is stopped before a block is given out that is in use", () => {
    heap = preset.create({ maximumBytes: 2 ** 24, quarantineBytes: 0 });
    const address = allocateHere(100);
    freeHere(address);
    expect(evidenceOf(heap).marks.change(address, "none", "live")).toBe(true);
    const before = heap.memory.u8.slice(address - 48, address + 116);
    expect(() => Array.from({ length: 2000 }, () => heap.malloc(100))).toThrow(/checked at 0x\w+: the allocator below gave out a block that is in use/);
    expect(heap.memory.u8.slice(address - 48, address + 116)).toEqual(before);
  });
});
