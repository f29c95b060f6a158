import { describe, expect, test } from "vitest";
import { fixed, growable, HeapCorruptionError, openMemory, wasm, type Memory } from "@heapwright/core";
import { FutexLock, LONGEST_PAUSE, SpinLock, type Lock } from "@heapwright/sync";

const ADDRESS = 128;
const KINDS = [
  ["a growable SharedArrayBuffer", () => growable({ initial: 65536, maximum: 65536 })],
  ["a WebAssembly.Memory", () => wasm({ initial: 65536, maximum: 65536 })],
  ["memory that nobody can wait on", () => fixed(new ArrayBuffer(4096))],
] as const;
const LOCKS = [["a spin lock", SpinLock], ["a futex lock", FutexLock]] as const;

describe.each(KINDS)("on %s", (_kind, source) => {
  describe.each(LOCKS)("%s", (_name, LockClass) => {
    const LAST_ID = 2 ** 31 - 1;

    /** The same lock in the hands of three threads. */
    function three(): { memory: Memory; a: Lock; b: Lock; c: Lock } {
      const { handle } = source().open();
      const [a, b, c] = [1, 2, LAST_ID].map((id) => new LockClass(openMemory(handle), ADDRESS, id));
      return { memory: openMemory(handle), a, b, c };
    }

    test("is free when its word is zero", () => {
      const { a } = three();
      expect(a.holder()).toBe(0);
      expect(a.inherit(0)).toBe(false);
      expect(a.inherit(-1)).toBe(false);
    });

    test("lets one thread in, and names it", () => {
      const { a, b, c } = three();
      c.acquire();
      expect(a.holder()).toBe(LAST_ID);
      expect(a.tryAcquire()).toBe(false);
      expect(b.acquireWithin(0)).toBe(false);
      c.release();
      expect(b.acquireWithin(0)).toBe(true);
      expect(c.holder()).toBe(2);
      b.release();
      expect(a.tryAcquire()).toBe(true);
    });

    test("gives up after so many rounds, in bounded time", () => {
      const { a, b } = three();
      a.acquire();
      const start = performance.now();
      expect(b.acquireWithin(20)).toBe(false);
      // the scheduler may add to each pause
      expect(performance.now() - start).toBeLessThan(20 * (LONGEST_PAUSE + 50));
      expect(b.holder()).toBe(1);
      a.release();
      expect(b.acquireWithin(20)).toBe(true);
    });

    test("is not released by a thread that does not hold it", () => {
      const { a, b } = three();
      expect(() => a.release()).toThrow(HeapCorruptionError);
      a.acquire();
      expect(() => b.release()).toThrow(HeapCorruptionError);
      expect(b.holder()).toBe(1);
      a.release();
    });

    test("does not let a thread wait for itself", () => {
      const { a } = three();
      a.acquire();
      expect(() => a.acquire()).toThrow(HeapCorruptionError);
      expect(a.acquireWithin(3)).toBe(false);
    });

    test("passes from a dead holder to the one who inherits, and to nobody else in between", () => {
      const { a, b, c } = three();
      a.acquire();
      b.acquireWithin(20);
      expect(c.inherit(2)).toBe(false);
      expect(c.inherit(1)).toBe(true);
      expect(b.tryAcquire()).toBe(false);
      expect(c.inherit(1)).toBe(false);
      expect(b.holder()).toBe(LAST_ID);
      c.release();
      expect(b.tryAcquire()).toBe(true);
    });

    test("can be inherited from one who died while inheriting", () => {
      const { a, b, c } = three();
      a.acquire();
      b.inherit(1);
      expect(c.inherit(2)).toBe(true);
      c.release();
      expect(a.holder()).toBe(0);
    });

    test("is freed when it breaks, and only if the dead thread holds it", () => {
      const { a, b } = three();
      expect(b.breakIfHeldBy(1)).toBe(false);
      a.acquire();
      expect(b.breakIfHeldBy(2)).toBe(false);
      expect(b.holder()).toBe(1);
      expect(b.breakIfHeldBy(1)).toBe(true);
      expect(b.holder()).toBe(0);
    });

    test("names somebody when the word was overwritten by a mark without a holder", () => {
      const { memory, a } = three();
      memory.i32[ADDRESS >>> 2] = 1 << 31;
      expect(a.holder()).toBe(-(2 ** 31));
      expect(a.tryAcquire()).toBe(false);
    });

    test("writes no word but its own", () => {
      const { memory, a, b } = three();
      memory.fill(0, 1024, 0xaa);
      memory.i32[ADDRESS >>> 2] = 0;
      a.acquire();
      b.acquireWithin(12);
      a.release();
      expect(memory.i32[ADDRESS >>> 2]).toBe(0);
      memory.i32[ADDRESS >>> 2] = memory.i32[0];
      expect(memory.u8.subarray(0, 1024).every((byte) => byte === 0xaa)).toBe(true);
    });
  });
});

test("a futex lock is marked once somebody has slept, and only then does a release notify", () => {
  const { handle } = growable({ initial: 65536, maximum: 65536 }).open();
  const memory = openMemory(handle);
  let notified = 0;
  const listening = Object.assign(openMemory(handle), { notify: () => void notified++ });
  const a = new FutexLock(openMemory(handle), ADDRESS, 1);
  const b = new FutexLock(listening, ADDRESS, 2);
  const word = (): number => memory.load(ADDRESS >>> 2);
  a.acquire();
  b.acquireWithin(2);
  expect(word(), "a short spin leaves no mark").toBe(1);
  b.acquireWithin(12);
  expect(word()).toBe(1 | (1 << 31));
  b.inherit(1);
  expect(word(), "the mark is inherited").toBe(2 | (1 << 31));
  b.release();
  expect([word(), notified]).toEqual([0, 1]);
  b.acquire();
  b.release();
  expect([word(), notified]).toEqual([0, 1]);
});

test("a thread that has slept hands the mark on: when it takes the lock, and when it gives up", () => {
  const { handle } = growable({ initial: 65536, maximum: 65536 }).open();
  const memory = openMemory(handle);
  const [a, b] = [1, 2].map((id) => new FutexLock(openMemory(handle), ADDRESS, id));
  const word = (): number => memory.load(ADDRESS >>> 2);
  /** A lock whose thread, when it sleeps, is woken after what `meanwhile` does. */
  const sleeper = (meanwhile: () => void) => new FutexLock(Object.assign(openMemory(handle), { wait: meanwhile }), ADDRESS, 3);
  a.acquire();
  expect(sleeper(() => a.release()).acquireWithin(20)).toBe(true);
  expect(word()).toBe(3 | (1 << 31));
  memory.store(ADDRESS >>> 2, 0);
  a.acquire();
  // woken by the release, but another thread was quicker, and the rounds are over
  const quick = sleeper(() => {
    a.release();
    b.tryAcquire();
  });
  expect(quick.acquireWithin(7)).toBe(false);
  expect(word()).toBe(2 | (1 << 31));
});

test("rounds are counted anew while others are quicker, and used up when the lock shows no sign of life", () => {
  const { handle } = growable({ initial: 65536, maximum: 65536 }).open();
  const others = [1, 2].map((id) => new FutexLock(openMemory(handle), ADDRESS, id));
  /** Sleeps of a thread that is given ten rounds, while the lock changes hands in the first `changes` of them. */
  const sleepsWhile = (changes: number): { sleeps: number; got: boolean } => {
    let sleeps = 0;
    const wait = (): void => {
      if (sleeps < changes) {
        others[sleeps % 2].release();
        others[(sleeps + 1) % 2].acquire();
      }
      sleeps++;
    };
    const lock = new FutexLock(Object.assign(openMemory(handle), { wait }), ADDRESS, 3);
    others[0].acquire();
    const got = lock.acquireWithin(10);
    others[changes % 2].release();
    return { sleeps, got };
  };
  const { sleeps: still } = sleepsWhile(0);
  expect(still).toBeGreaterThan(1);
  expect(sleepsWhile(40)).toEqual({ sleeps: 40 + still, got: false });
});
