import { InvalidAddressError, type Heap } from "@heapwright/core";
import { michael } from "@heapwright/michael";
import { beforeEach, describe, expect, it } from "vitest";
import { checked, MisuseError } from "../src/index.js";

const preset = checked(michael);
let heap: Heap;

function allocateHere(size: number): number {
  return heap.malloc(size);
}

function freeHere(address: number): void {
  heap.free(address);
}

function refusal(action: () => unknown): MisuseError {
  try {
    action();
  } catch (error) {
    if (error instanceof MisuseError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

beforeEach(() => {
  heap = preset.create({ maximumBytes: 2 ** 24 });
});

describe("a second free", () => {
  it("names the size, the threads, and both call sites", () => {
    const other = preset.attach(heap.handle);
    const address = allocateHere(100);
    other.free(address);
    const error = refusal(() => freeHere(address));
    expect(error).toBeInstanceOf(InvalidAddressError);
    expect(error.message).toMatch(
      new RegExp(
        `^0x${address.toString(16)} is not the address of a block: double free: the block of 100 bytes there was freed\n` +
          `  allocated by thread ${heap.threadId}, allocation 1\n    at allocateHere \\(.*misuse\\.test\\.ts:\\d+:\\d+\\)\n(?:    at .*\n)+` +
          `  freed by thread ${other.threadId}\n    at .*misuse\\.test\\.ts:\\d+:\\d+`,
      ),
    );
    expect(error.kind).toBe("double free");
    expect(error.block).toMatchObject({ address, size: 100, serial: 1, thread: heap.threadId, freedBy: other.threadId });
    expect(error.stack).toContain("freeHere");
  });

  it("is told from another call on a freed block", () => {
    const address = allocateHere(100);
    freeHere(address);
    for (const call of [() => heap.usableSize(address), () => heap.realloc(address, 10), () => heap.realloc(address, 1000)]) {
      expect(refusal(call)).toMatchObject({ kind: "freed block", block: { size: 100 } });
    }
  });

  it("is known as one when the block has left the quarantine, and its pages the heap", () => {
    for (const size of [100, 3_000_000]) {
      heap = preset.create({ maximumBytes: 2 ** 24, quarantineBytes: 0 });
      const address = allocateHere(size);
      freeHere(address);
      const error = refusal(() => freeHere(address));
      expect(error.message).toMatch(`double free: the block of ${size} bytes there was freed, and its memory has been given back since\n`);
      expect(error.message).toMatch(/ at allocateHere [^]*freed by thread \d+\n {4}at freeHere /);
    }
  });

  it("changes nothing: the block that was freed is given out once", () => {
    const address = allocateHere(100);
    freeHere(address);
    refusal(() => freeHere(address));
    heap = preset.attach(heap.handle);
    refusal(() => freeHere(address));
    const given = Array.from({ length: 1000 }, () => heap.malloc(100));
    expect(new Set(given).size).toBe(given.length);
    heap.check();
  });
});

describe("two threads that free the same block at once", () => {
  /** Runs `meanwhile` just before the calling thread's next compare-and-swap. */
  function beforeNextCas({ memory }: Heap, meanwhile: () => void): void {
    const cas = memory.cas.bind(memory);
    memory.cas = (w, expected, value) => {
      memory.cas = cas;
      meanwhile();
      return cas(w, expected, value);
    };
  }

  it("succeed once, whoever is quicker", () => {
    const other = preset.attach(heap.handle);
    const address = allocateHere(100);
    beforeNextCas(heap, () => other.free(address));
    expect(refusal(() => freeHere(address))).toMatchObject({ kind: "double free", block: { freedBy: other.threadId } });
    heap.check();
  });

  it("are told so while the first has the block in hand", () => {
    const other = preset.attach(heap.handle);
    const address = allocateHere(100);
    // the first compare-and-swap takes the block in hand, the second ends that
    beforeNextCas(heap, () => beforeNextCas(heap, () => {
      const error = refusal(() => other.free(address));
      expect(error.message).toContain("double free: the block of 100 bytes there is being freed or resized by another thread");
    }));
    freeHere(address);
    heap.check();
  });

  it("are told so when the first was killed on the way", () => {
    heap = preset.create({ maximumBytes: 2 ** 24, sites: "off" });
    const other = preset.attach(heap.handle);
    const address = allocateHere(100);
    beforeNextCas(heap, () => beforeNextCas(heap, () => {
      throw new Error("killed");
    }));
    expect(() => freeHere(address)).toThrow("killed");
    expect(refusal(() => other.free(address)).message).toContain("or by one that was killed doing so");
    other.reclaim(heap.threadId);
    other.check();
  });
});

describe("an address that is none", () => {
  it("inside a block is named with the block it lies in", () => {
    const address = allocateHere(1000);
    for (const offset of [1, 8, 16, 500, 992, 999]) {
      const error = refusal(() => freeHere(address + offset));
      expect(error.message).toMatch(`interior address: it lies ${offset} bytes into the block of 1000 bytes at 0x${address.toString(16)}\n`);
      expect(error.message).toMatch(/allocated by thread 1, allocation 1\n {4}at allocateHere /);
      expect(error.kind).toBe("interior address");
    }
  });

  it("beside a block is named with the block it is beside", () => {
    const address = allocateHere(1000);
    const at = `the block of 1000 bytes at 0x${address.toString(16)}`;
    expect(refusal(() => freeHere(address + 1000)).message).toContain(`it lies behind the end of ${at}`);
    expect(refusal(() => freeHere(address - 16)).message).toContain(`it lies 16 bytes before ${at}`);
    expect(refusal(() => freeHere(address - 48)).message).toContain(`it lies 48 bytes before ${at}`);
  });

  it("inside a freed block is named with that", () => {
    const address = allocateHere(1000);
    freeHere(address);
    expect(refusal(() => freeHere(address + 32)).message).toContain("it lies 32 bytes into the freed block of 1000 bytes");
  });

  it("is foreign where there never was a block", () => {
    const address = allocateHere(100);
    const messages = [8, heap.memory.buffer.byteLength - 64, heap.memory.buffer.byteLength, 2 ** 31, 2 ** 32 - 16, address + 2 ** 14].map((one) => refusal(() => freeHere(one)).message);
    expect(messages.map((message) => message.split("foreign address: ")[1])).toEqual([
      "its page holds no blocks", "no block that is remembered ever began there",
      `it lies behind the heap, which ends at 0x${heap.memory.end.toString(16)}`,
      `it lies behind the heap, which ends at 0x${heap.memory.end.toString(16)}`,
      `it lies behind the heap, which ends at 0x${heap.memory.end.toString(16)}`,
      "no block that is remembered ever began there",
    ]);
  });

  it("is none, whatever is written there: the bytes before a block, copied", () => {
    const address = allocateHere(1000);
    const { u8 } = heap.memory;
    for (let at = address + 64; at < address + 960; at += 64) u8.copyWithin(at - 48, address - 48, address);
    for (let at = address + 16; at < address + 1000; at += 16) expect(refusal(() => freeHere(at)).kind).toBe("interior address");
    freeHere(address);
  });
});
