import { growable, openMemory, Root, type Memory, type MemoryHandle } from "@heapwright/core";
import { describe, expect, it } from "vitest";
import { Copies, SteppedMemory } from "../../coalesce/test/stepped-memory.js";
import { Quarantine, QUARANTINE } from "../src/quarantine.js";

const IDENTITY = { preset: "test", options: "", maximumThreads: 4 };

function fresh(places: number, limit: number): { quarantine: Quarantine; memory: Memory; headWord: number; second: Quarantine; root: Root; handle: MemoryHandle } {
  const { handle, zeroFrom } = growable({ initial: 2 ** 16, maximum: 2 ** 16 }).open();
  const root = Root.format(openMemory(handle), IDENTITY, zeroFrom);
  const headWord = (root.claimStruct(QUARANTINE, 0) >>> 2) + QUARANTINE.head;
  const quarantine = new Quarantine(root, places, limit);
  root.seal();
  const { quarantine: second } = joined(openMemory(handle), places, limit);
  return { quarantine, memory: root.memory, headWord, second, root, handle };
}

function joined(memory: Memory, places: number, limit: number): { quarantine: Quarantine; root: Root; heldWord: number } {
  const root = Root.attach(memory, IDENTITY);
  const heldWord = (root.claimStruct(QUARANTINE, 0) >>> 2) + QUARANTINE.held;
  return { quarantine: new Quarantine(root, places, limit), root, heldWord };
}

function drained(quarantine: Quarantine): number[] {
  const out: number[] = [];
  quarantine.drain((address) => (out.push(address), "more"));
  return out;
}

describe("a quarantine", () => {
  it("lets out the oldest when all places are taken", () => {
    const { quarantine } = fresh(4, 1000);
    expect([16, 32, 48, 64].map((address) => quarantine.put(address, 10))).toEqual([0, 0, 0, 0]);
    expect([80, 96].map((address) => quarantine.put(address, 10))).toEqual([16, 32]);
    expect(drained(quarantine)).toEqual([48, 64, 80, 96]);
    expect(drained(quarantine)).toEqual([]);
    expect(quarantine.countIsRight()).toBe(true);
  });

  it("is drained no further than somebody wants", () => {
    const { quarantine } = fresh(4, 1000);
    for (const address of [16, 32, 48]) quarantine.put(address, 10);
    quarantine.drain((address) => (address === 32 ? "enough" : "more"));
    expect(drained(quarantine)).toEqual([48]);
  });

  it("keeps its limit where it is the largest, and blocks are as large", () => {
    const { quarantine } = fresh(8, 2 ** 30);
    const out: number[] = [];
    for (const address of [16, 32, 48]) {
      expect(quarantine.put(address, 2 ** 30)).toBe(0);
      for (let excess = quarantine.takeExcess(); excess !== 0; excess = quarantine.takeExcess()) out.push(excess);
    }
    expect(out).toEqual([16, 32]);
    expect(quarantine.countIsRight()).toBe(true);
  });

  it("lets out the oldest while there are too many bytes in it, round after round", () => {
    const { quarantine, second } = fresh(8, 100);
    const out: number[] = [];
    for (let address = 16; address <= 3200; address += 16) {
      const displaced = (address % 32 === 0 ? quarantine : second).put(address, 30);
      if (displaced !== 0) out.push(displaced);
      for (let excess = quarantine.takeExcess(); excess !== 0; excess = quarantine.takeExcess()) out.push(excess);
      expect(quarantine.addresses().length).toBeLessThanOrEqual(3);
    }
    expect(out).toEqual(Array.from({ length: 197 }, (_, i) => 16 + i * 16));
    expect(quarantine.countIsRight()).toBe(true);
  });

  it("is in order after its places were taken in turn without an excess", () => {
    const { quarantine } = fresh(4, 100);
    for (let address = 16; address <= 320; address += 16) quarantine.put(address, 1);
    quarantine.put(336, 98);
    expect([quarantine.takeExcess(), quarantine.takeExcess()]).toEqual([288, 0]);
    expect(drained(quarantine)).toEqual([304, 320, 336]);
  });

  it.each([2 ** 31 - 8, 2 ** 31 + 4, 2 ** 32 - 8])("keeps its limit after %i blocks without an excess", (count) => {
    const { quarantine, memory, headWord } = fresh(4, 100);
    for (let left = count; left > 0; left -= 2 ** 30) {
      memory.add(headWord, Math.min(left, 2 ** 30));
      for (let address = 16; address <= 320; address += 16) quarantine.put(address, 1);
    }
    quarantine.put(336, 98);
    expect([quarantine.takeExcess(), quarantine.takeExcess()]).toEqual([288, 0]);
    expect(drained(quarantine)).toEqual([304, 320, 336]);
  });

  it("takes the oldest after 2^32 blocks without an excess", () => {
    const { quarantine, memory, headWord } = fresh(4, 100);
    for (let quarter = 0; quarter < 4; quarter++) {
      memory.add(headWord, 2 ** 30 - 8);
      for (let address = 16; address <= 128; address += 16) quarantine.put(address, 1);
    }
    expect(memory.load(headWord)).toBe(0);
    quarantine.put(336, 98);
    expect([quarantine.takeExcess(), quarantine.takeExcess()]).toEqual([96, 0]);
    expect(drained(quarantine)).toEqual([112, 128, 336]);
  });

  it("holds addresses above 2^31", () => {
    const { quarantine } = fresh(4, 100);
    const high = 2 ** 32 - 16;
    quarantine.put(high, 60);
    quarantine.put(high - 16, 60);
    expect([quarantine.takeExcess(), quarantine.takeExcess()]).toEqual([high, 0]);
    expect(quarantine.addresses()).toEqual([high - 16]);
  });

  it("takes nothing that alone is more than it may hold", () => {
    const { quarantine } = fresh(4, 100);
    expect([0, 100, 101].map((bytes) => quarantine.accepts(bytes))).toEqual([true, true, false]);
  });

  it("hands a block to one of two threads that reach for it at once", () => {
    const { quarantine, memory, second } = fresh(4, 10);
    quarantine.put(16, 6);
    quarantine.put(32, 6);
    const cas2 = memory.cas2.bind(memory);
    let stolen: number[] = [];
    memory.cas2 = (...args) => {
      memory.cas2 = cas2;
      stolen = drained(second);
      return cas2(...args);
    };
    expect(quarantine.takeExcess()).toBe(0);
    expect(stolen).toEqual([16, 32]);
    expect(quarantine.countIsRight()).toBe(true);
  });

  it("counts anew after a death between a change and its count", () => {
    const { quarantine, memory } = fresh(4, 1000);
    const { add } = memory;
    memory.add = function (w, delta) {
      if (delta === 77) throw new Error("killed");
      return add.call(this, w, delta);
    };
    quarantine.put(16, 5);
    expect(() => quarantine.put(32, 77)).toThrow("killed");
    expect(quarantine.countIsRight()).toBe(false);
    quarantine.recount();
    expect(quarantine.countIsRight()).toBe(true);
    expect(quarantine.addresses()).toEqual([16, 32]);
  });

  it.each<[string, (other: Quarantine) => void]>([
    ["takes all out", (other) => drained(other)],
    ["puts some in", (other) => [48, 64].forEach((address) => other.put(address, 20))],
    ["puts one in and takes as much out", (other) => void (other.put(48, 10), other.takeExcess())],
    ["counts anew too", (other) => other.recount()],
  ])("counts right whenever another thread %s meanwhile", (_, act) => {
    const { quarantine, handle } = fresh(4, 25);
    for (const address of [16, 32]) quarantine.put(address, 10);
    const copies = new Copies(handle);
    for (let at = 0, reached = true; reached; at++) {
      const copy = copies.next();
      const memory = SteppedMemory.open(copy);
      const { quarantine: counting, heldWord } = joined(memory, 4, 25);
      const { quarantine: other } = joined(openMemory(copy), 4, 25);
      memory.add(heldWord, 1000);
      reached = memory.runUntil(at, () => act(other), () => counting.recount());
      expect(counting.countIsRight(), `overtaken at ${at}`).toBe(true);
    }
  });

  it("keeps its limit though others pass the place of a block before it is there", () => {
    const { quarantine, second, handle, headWord } = fresh(8, 100);
    const memory = SteppedMemory.open(handle);
    const { quarantine: slow } = joined(memory, 8, 100);
    const free = (one: Quarantine, address: number, bytes: number): void => {
      for (let out = one.put(address, bytes); out !== 0; out = one.takeExcess());
      for (let out = one.takeExcess(); out !== 0; out = one.takeExcess());
    };
    let passed = 0;
    for (let at = 0, reached = true; reached; at++) {
      const others = (): void => {
        const head = memory.load(headWord);
        for (const address of [16, 32, 48]) free(second, address, 60);
        if (head !== memory.load(headWord)) passed++;
      };
      reached = memory.runUntil(at, others, () => free(slow, 64 + 16 * (at % 4), 90));
      expect(quarantine.addresses().length, `overtaken at ${at}`).toBeLessThanOrEqual(1);
      expect(quarantine.countIsRight()).toBe(true);
    }
    expect(passed).toBeGreaterThan(3);
  });

  it("puts its count right within a round, once a thread has died", () => {
    const { quarantine, second, root, handle } = fresh(8, 1000);
    const { root: dead, heldWord } = joined(openMemory(handle), 8, 1000);
    root.memory.add(heldWord, 5000);
    const round = (): void => [16, 32, 48, 64, 80, 96, 112, 128].forEach((address) => second.put(address, 10));
    round();
    expect(quarantine.countIsRight()).toBe(false);
    root.threads.reclaim(dead.threads.id, () => {});
    round();
    expect(quarantine.countIsRight()).toBe(true);
  });
});
