import { michael } from "@heapwright/michael";
import type { Heap } from "@heapwright/core";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { evidenceOf } from "../src/leaks.js";
import { checked, describeLeaks, LeakError, leaks, leakScope, type LeakScopeOptions } from "../src/index.js";

const preset = checked(michael);
let heap: Heap;
let other: Heap;

function forget(one: Heap, size: number): number {
  return one.malloc(size);
}

function complaint(action: () => unknown): LeakError {
  try {
    action();
  } catch (error) {
    if (error instanceof LeakError) return error;
    throw error;
  }
  throw new Error("no leak was found");
}

beforeEach(() => {
  heap = preset.create({ maximumBytes: 2 ** 24 });
  other = preset.attach(heap.handle);
});

describe("leaks", () => {
  it("are the blocks that are out, grouped by who allocated them where, largest group first", () => {
    expect(leaks(heap)).toEqual([]);
    const one = forget(heap, 10);
    const big = heap.malloc(500);
    const two = forget(heap, 20);
    const theirs = forget(other, 40);
    heap.free(heap.malloc(1000));
    const groups = leaks(other);
    expect(groups.map(({ thread, bytes, blocks }) => [thread, bytes, blocks.map(({ address, size }) => [address, size])])).toEqual([
      [heap.threadId, 500, [[big, 500]]],
      [other.threadId, 40, [[theirs, 40]]],
      [heap.threadId, 10, [[one, 10]]],
      [heap.threadId, 20, [[two, 20]]],
    ].sort(([, a], [, b]) => Number(b) - Number(a)));
    expect(groups[0].site).toMatch(/leaks\.test\.ts/);
    expect(describeLeaks(groups)).toMatch(
      new RegExp(`^4 live blocks of 570 bytes in all\n {2}1 live block of 500 bytes, the first at 0x${big.toString(16)}, allocated by thread ${heap.threadId}\n {4}at .*leaks\\.test\\.ts`),
    );
  });

  it("are grouped when the call site is the same", () => {
    const blocks = [1, 2, 3].map((size) => forget(heap, size));
    const [group, ...rest] = leaks(heap);
    expect(rest).toEqual([]);
    expect(group.blocks.map(({ address }) => address)).toEqual(blocks);
    expect(group.site).toMatch(/^forget /);
    other.free(blocks[1]);
    expect(leaks(heap)[0].blocks.map(({ address }) => address)).toEqual([blocks[0], blocks[2]]);
  });

  it("of a thread that has died are known as long as they are out", () => {
    const address = forget(other, 33);
    heap.reclaim(other.threadId);
    expect(leaks(heap)).toMatchObject([{ thread: other.threadId, bytes: 33 }]);
    expect(leaks(heap)[0].site).toMatch(/^forget /);
    heap.free(address);
    expect(leaks(heap)).toEqual([]);
    expect(() => heap.free(address)).toThrow(new RegExp(`allocated by thread ${other.threadId}, [^]*forget[^]*freed by thread ${heap.threadId}`));
  });

  it("are not known of a heap that is not checked", () => {
    const complaint = new TypeError('a heap of preset "michael" is not checked by this copy of @heapwright/checked: make it by checked(preset)');
    expect(() => leaks(michael.create())).toThrow(complaint);
    expect(() => leakScope(michael.create())).toThrow(complaint);
  });

  it("are not asked of what is no heap", () => {
    for (const [what, shown] of [[undefined, "undefined"], [null, "null"], ["heap", '"heap"'], [{}, "a heap of preset undefined"]] as const) {
      expect(() => leaks(what as unknown as Heap)).toThrow(new TypeError(`${shown} is not checked by this copy of @heapwright/checked: make it by checked(preset)`));
    }
  });

  it("are not known of a heap that another copy of the package checks, which the message does not deny", async () => {
    vi.resetModules();
    const copy = await import("../src/index.js");
    expect(copy.leaks).not.toBe(leaks);
    const theirs = copy.checked(michael).create();
    expect(() => leaks(theirs)).toThrow('a heap of preset "checked michael" is not checked by this copy of @heapwright/checked');
  });
});

describe("a scope", () => {
  it("ends without a word when what was allocated in it is freed, by whomever", () => {
    const before = forget(heap, 1);
    {
      using scope = leakScope(heap);
      const [one, two] = [heap.malloc(10), heap.malloc(20)];
      expect(scope.leaks()).toMatchObject([{ bytes: 20 }, { bytes: 10 }]);
      heap.free(one);
      other.free(two);
    }
    heap.free(before);
  });

  it("complains of what is left, with its call site", () => {
    forget(heap, 1);
    const error = complaint(() => {
      using scope = leakScope(heap);
      heap.free(heap.malloc(5));
      expect(scope.leaks()).toEqual([]);
      forget(heap, 77);
    });
    expect(error.message).toMatch(/^leaked 1 live block of 77 bytes in all\n {2}1 live block of 77 bytes, the first at 0x\w+, allocated by thread 1\n {4}at forget /);
    expect(error.leaks).toMatchObject([{ bytes: 77, blocks: [{ size: 77 }] }]);
  });

  it("ends once: closed a second time it does nothing, whatever is left", () => {
    const left = leakScope(heap);
    const clean = leakScope(other);
    forget(heap, 12);
    expect(complaint(() => left[Symbol.dispose]()).leaks).toMatchObject([{ bytes: 12 }]);
    left[Symbol.dispose]();
    clean[Symbol.dispose]();
    forget(other, 34);
    clean[Symbol.dispose]();
  });

  it("counts blocks of its own thread, or of all", () => {
    const theirs = (options?: LeakScopeOptions) => () => leakScope(heap, () => forget(other, 50), options);
    expect(theirs()()).toBeGreaterThan(0);
    expect(theirs({ threads: "own" })()).toBeGreaterThan(0);
    expect(complaint(theirs({ threads: "all" })).leaks).toMatchObject([{ thread: other.threadId, bytes: 50 }]);
  });

  it("is refused by name with options that are none", () => {
    const open = (options: unknown) => () => leakScope(heap, options as LeakScopeOptions);
    expect(open({ threads: "mine" })).toThrow(new RangeError('threads must be one of own, all, not "mine"'));
    expect(open({ threads: null })).toThrow(new RangeError("threads must be one of own, all, not null"));
    for (const options of [null, "all", 1]) expect(open(options)).toThrow(RangeError);
    expect(() => leakScope(heap, () => expect.unreachable(), { threads: "mine" } as unknown as LeakScopeOptions)).toThrow(RangeError);
  });

  it("counts a block that realloc has moved or resized in it", () => {
    const address = forget(heap, 100);
    for (const size of [90, 50_000]) expect(complaint(() => leakScope(heap, () => heap.realloc(address, size))).leaks).toMatchObject([{ bytes: size }]);
  });

  it("around a callback gives its result, or what it throws", () => {
    expect(leakScope(heap, () => heap.usableSize(0))).toBe(0);
    expect(complaint(() => leakScope(heap, () => forget(heap, 3))).leaks).toMatchObject([{ bytes: 3 }]);
    expect(() => leakScope(heap, () => {
      forget(heap, 3);
      throw new Error("mine");
    })).toThrow("mine");
  });

  it("around an asynchronous callback ends when that does", async () => {
    const late = async (freed: "freed" | "kept"): Promise<number> => {
      const address = forget(heap, 9);
      await Promise.resolve();
      if (freed === "freed") heap.free(address);
      return 42;
    };
    await expect(leakScope(heap, () => late("freed"))).resolves.toBe(42);
    await expect(leakScope(heap, () => late("kept"))).rejects.toThrow(/^leaked 1 live block of 9 bytes/);
    await expect(leakScope(heap, async () => {
      await late("kept");
      throw new Error("mine");
    })).rejects.toThrow("mine");
  });

  it("goes on counting when the numbers of allocations wrap around", () => {
    const { memory } = heap;
    const kept = forget(heap, 1);
    const w = memory.i32.findIndex((word, i) => word === 1 && counts(i));
    memory.store(w, -3);
    const old = forget(heap, 2);
    const both = (): number[] => [forget(heap, 3), forget(heap, 4)];
    expect(complaint(() => leakScope(heap, both)).leaks).toMatchObject([{ bytes: 4, blocks: [{ serial: 0 }] }, { bytes: 3, blocks: [{ serial: 2 ** 32 - 1 }] }]);
    for (const address of [kept, old]) heap.free(address);

    /** Whether an allocation counts this word up. */
    function counts(i: number): boolean {
      const before = memory.i32[i];
      const evidence = evidenceOf(heap);
      memory.i32[i] = 7;
      const is = evidence.serial() === 7;
      memory.i32[i] = before;
      return is;
    }
  });
});
