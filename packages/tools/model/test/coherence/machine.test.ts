import { SpinLock } from "@heapwright/sync";
import { describe, expect, test } from "vitest";
import { CoherentMemory } from "../../src/coherence/coherent-memory.js";
import { Machine, type Costs } from "../../src/coherence/machine.js";
import { runPrograms } from "../../src/coherence/run-programs.js";

const COSTS: Costs = { hit: 1, atomic: 10, memory: 100, clean: 20, dirty: 40, invalidate: 30 };

describe("a machine", () => {
  test("charges by where the line is", () => {
    const machine = new Machine(2, COSTS);
    machine.access(0, 5, "read", "plain"); // from memory: 1 + 100
    machine.access(0, 6, "write", "plain"); // the same line, its own: 1
    machine.access(0, 6, "write", "atomic"); // 1 + 10
    expect([...machine.clocks]).toEqual([113, 0]);
    machine.compute(1, 200);
    machine.access(1, 7, "read", "plain"); // modified elsewhere: 1 + 40
    machine.access(1, 7, "write", "atomic"); // its own, but another has it, too: 1 + 10 + 30
    machine.access(1, 16, "write", "atomic"); // another line: 1 + 10 + 100
    expect([...machine.clocks]).toEqual([113, 200 + 41 + 41 + 111]);
    expect(machine.counts[0]).toMatchObject({ accesses: 3, fromMemory: 1, fromCaches: 0, invalidations: 0, waits: 0 });
    expect(machine.counts[1]).toMatchObject({ accesses: 3, fromMemory: 1, fromCaches: 1, invalidations: 1, waits: 0 });
  });

  test("lets who comes while a line is busy wait", () => {
    const machine = new Machine(3, COSTS);
    machine.access(0, 0, "write", "plain"); // 0 to 101
    expect(machine.access(1, 0, "write", "plain")).toBe(101); // to 142
    machine.compute(2, 130);
    expect(machine.access(2, 0, "read", "plain")).toBe(12); // to 183
    expect([...machine.clocks]).toEqual([101, 142, 183]);
    expect(machine.counts[1]).toMatchObject({ waits: 1, waitCycles: 101, lockWaits: 0 });
  });

  test("lets many read at once, and who writes wait for all of them", () => {
    const machine = new Machine(3, COSTS);
    machine.access(0, 0, "read", "plain"); // to 101
    machine.compute(1, 200);
    machine.access(1, 0, "read", "plain"); // to 221
    machine.compute(2, 210);
    expect(machine.access(2, 0, "read", "plain")).toBe(0); // to 231
    expect(machine.access(0, 0, "read", "plain")).toBe(0);
    expect(machine.access(0, 0, "write", "plain")).toBe(231 - 102);
  });

  test("forgets times but not caches when it is started anew", () => {
    const machine = new Machine(1, COSTS);
    machine.access(0, 0, "write", "plain");
    machine.restart();
    expect(machine.stateOf(0, 15)).toBe("modified");
    expect(machine.access(0, 0, "read", "plain")).toBe(0);
    expect(machine.time).toBe(1);
    expect(machine.counts[0].accesses).toBe(1);
  });
});

/** Each core writes a word of its own, `count` times; the words are so many bytes apart. */
function writeOwnWords(cores: number, count: number, distance: number): Machine {
  const machine = new Machine(cores);
  const buffer = new ArrayBuffer(65536);
  const program = function* (core: number): Generator<void> {
    const memory = new CoherentMemory(machine, core, buffer);
    for (let i = 0; i < count; i++) {
      memory.i32[(core * distance) / 4]++;
      yield;
    }
  };
  runPrograms(machine, Array.from({ length: cores }, (_, core) => program(core)));
  expect(new Int32Array(buffer)[((cores - 1) * distance) / 4]).toBe(count);
  return machine;
}

test("false sharing is seen: words of one line cost each writer the others' copies, words of two lines cost nothing", () => {
  const invalidations = (machine: Machine): number => machine.counts.reduce((sum, counts) => sum + counts.invalidations, 0);
  const [apart, together] = [writeOwnWords(4, 100, 64), writeOwnWords(4, 100, 4)];
  expect(invalidations(apart)).toBe(0);
  expect(apart.time).toBe(writeOwnWords(1, 100, 64).time);
  expect(invalidations(together)).toBeGreaterThanOrEqual(390);
  expect(together.time).toBeGreaterThan(20 * apart.time);
});

/** Each core takes one lock so many times, and computes under it or beside it. */
function takeLock(cores: number, inside: number, beside: number): Machine {
  const machine = new Machine(cores);
  const buffer = new ArrayBuffer(65536);
  const program = function* (core: number): Generator<void> {
    const lock = new SpinLock(new CoherentMemory(machine, core, buffer), 1024, core + 1);
    for (let i = 0; i < 50; i++) {
      lock.acquire();
      machine.compute(core, inside);
      lock.release();
      yield;
      machine.compute(core, beside);
      yield;
    }
  };
  runPrograms(machine, Array.from({ length: cores }, (_, core) => program(core)));
  return machine;
}

describe("one lock", () => {
  test("admits one core after the other, however many there are", () => {
    for (const cores of [1, 2, 8, 64]) {
      const machine = takeLock(cores, 1000, 0);
      expect(machine.time).toBeGreaterThanOrEqual(cores * 50 * 1000);
      expect(machine.time).toBeLessThan(cores * 50 * 1000 * 1.15);
    }
  });

  test("shows as waiting for a lock, for as long as others hold it", () => {
    const { counts } = takeLock(8, 1000, 0);
    for (const { lockWaits, lockWaitCycles } of counts) {
      expect(lockWaits).toBeGreaterThanOrEqual(49);
      expect(lockWaitCycles).toBeGreaterThan(49 * 6 * 1000);
    }
  });

  test("is waited for little where it is held little", () => {
    const machine = takeLock(8, 100, 10_000);
    expect(machine.time).toBeLessThan(1.15 * takeLock(1, 100, 10_000).time);
  });
});

test("a word that is taken in one operation and left in another is no lock", () => {
  const machine = new Machine(2);
  const buffer = new ArrayBuffer(1024);
  const program = function* (core: number): Generator<void> {
    const memory = new CoherentMemory(machine, core, buffer);
    for (let i = 0; i < 20; i++) {
      memory.cas(0, 0, core + 1);
      yield;
      memory.cas(0, core + 1, 0);
      yield;
    }
  };
  runPrograms(machine, [program(0), program(1)]);
  expect(machine.counts[0].waits + machine.counts[1].waits).toBeGreaterThan(0);
  expect(machine.counts[0].lockWaits + machine.counts[1].lockWaits).toBe(0);
});

test("programs go on by their clocks, and there are no more of them than cores", () => {
  const machine = new Machine(3);
  const order: number[] = [];
  const program = function* (core: number, cycles: number): Generator<void> {
    for (let i = 0; i < 3; i++) {
      order.push(core);
      machine.compute(core, cycles);
      yield;
    }
  };
  runPrograms(machine, [program(0, 10), program(1, 25), program(2, 9)]);
  expect(order).toEqual([0, 1, 2, 2, 0, 2, 0, 1, 1]);
  expect(() => runPrograms(new Machine(1), [program(0, 1), program(0, 1)])).toThrow(RangeError);
});

test("a memory does what one does, and charges fills and copies by the line", () => {
  const machine = new Machine(1, COSTS);
  const memory = new CoherentMemory(machine, 0, new ArrayBuffer(65536));
  memory.fill(60, 72, 0xff); // three lines
  expect(machine.counts[0].accesses).toBe(3);
  expect([memory.i32[15], memory.u8[131], memory.u8[132]]).toEqual([-1, 255, 0]);
  memory.copy(256, 60, 4);
  expect(machine.counts[0].accesses).toBe(8);
  expect(memory.load(64)).toBe(-1);
  expect([memory.add(64, 3), memory.or(64, 4), memory.and(64, 12), memory.exchange(64, 9)]).toEqual([-1, 2, 6, 4]);
  expect([memory.cas(64, 8, 1), memory.cas(64, 9, 1), memory.racyLoad(64)]).toEqual([false, true, 1]);
  memory.store(65, 7);
  expect([memory.cas2(64, 1, 8, 0, 0), memory.cas2(64, 1, 7, 2, 3), memory.load(64), memory.load(65)]).toEqual([false, true, 2, 3]);
  memory.f64[40] = 0.5;
  memory.u16[3] = 0xabcd;
  expect([memory.f64[40], memory.i32[1]]).toEqual([0.5, 0xabcd << 16]);
  expect([memory.reach(65535), memory.reach(65536), memory.grow(65537)]).toEqual([true, false, false]);
});
