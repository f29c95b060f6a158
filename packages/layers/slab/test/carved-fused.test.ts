// The usual malloc and free of carved chunks in WebAssembly and in JavaScript: the same calls have the same results, the same errors, and
// leave all bytes of the memory alike, whatever state its words are in.
import { openMemory, PAGE_BYTES, PAGE_NOTE, Root, wasm, type Helper, type Identity, type Memory, type MemoryHandle, type MemorySource } from "@heapwright/core";
import { BOEHM_STACK, BoehmStack, CountedStack, TAGGED_STACK, TaggedStack } from "@heapwright/freelist";
import { Pages } from "@heapwright/pages";
import fc from "fast-check";
import { afterEach, expect, test, vi } from "vitest";
import { CarvedChunks, ChunkBudget, LARGEST_CARVED_REQUEST, STACKED_BLOCK_HEADER, type StackMaker } from "../src/index.js";
import { shareAHeap } from "./share-a-heap.js";

interface Thread {
  readonly chunks: CarvedChunks;
  readonly pages: Pages;
  readonly memory: Memory;
  readonly handle: MemoryHandle;
  /** Addresses of the stacks. */
  readonly heads: readonly number[];
}

const IDENTITY: Identity = { preset: "test", options: "", maximumThreads: 4 };
const HELPERS = ["auto", "never"] as const;
const CLASSES = 13;

function build(root: Root, handle: MemoryHandle, makeStack?: StackMaker): Thread {
  const pages = new Pages(root);
  const heads: number[] = [];
  const tagged: StackMaker = ({ memory }) => new TaggedStack(memory, heads[heads.push(root.claimStruct(TAGGED_STACK)) - 1]);
  const chunks = new CarvedChunks(root, pages, new ChunkBudget(root, pages, 0, "grow"), makeStack ?? tagged);
  root.seal();
  return { chunks, pages, memory: root.memory, handle, heads };
}

function format(source: MemorySource, makeStack?: StackMaker): Thread {
  const { handle, zeroFrom } = source.open();
  return build(Root.format(openMemory(handle), IDENTITY, zeroFrom), handle, makeStack);
}

/** With the program, and without. @param chunks that there is room for */
function both(chunks: number): readonly Thread[] {
  const bytes = (chunks + 1) * PAGE_BYTES;
  return HELPERS.map((helper: Helper) => format(wasm({ initial: bytes, maximum: bytes }, { helper })));
}

function alike([{ memory: one }, { memory: other }]: readonly Thread[]): boolean {
  return Buffer.compare(Buffer.from(one.u8), Buffer.from(other.u8)) === 0;
}

/** What a call returns, or the name and message of what it throws. */
function outcome(call: () => unknown): unknown {
  try {
    return call();
  } catch (error) {
    return String(error);
  }
}

afterEach(() => void vi.restoreAllMocks());

test("a malloc and a free are one call each, for blocks of every class", () => {
  const { chunks, memory } = format(wasm({ initial: PAGE_BYTES, maximum: 40 * PAGE_BYTES }));
  const sizes = Array.from({ length: CLASSES }, (_, c) => 2 ** (c + 4) - 16);
  for (const block of sizes.map((bytes) => chunks.allocate(bytes))) chunks.free(block);
  const calls = [
    ...(["racyLoad", "load", "cas", "cas2"] as const).map((name) => vi.spyOn(memory, name)),
    ...(["pop", "push", "pushChain"] as const).map((name) => vi.spyOn(TaggedStack.prototype, name)),
  ];
  for (const bytes of sizes) {
    const block = chunks.allocate(bytes);
    expect(block).not.toBe(0);
    chunks.free(block);
  }
  for (const call of calls) expect(call).not.toHaveBeenCalled();
});

/** As heads of stacks: what blocks have for headers, and what is none. */
const word = fc.oneof(
  fc.record({ of: fc.nat(), plus: fc.constantFrom(-4, -4, -3, -1, 0, 12) }),
  fc.constantFrom(0, 1, 2, 3, -4, -(2 ** 31), 2 ** 31 - 4, 21 * PAGE_BYTES, 21 * PAGE_BYTES - 4).map((value) => ({ of: undefined, plus: value })),
);
const anySize = fc.oneof(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 9000 }), fc.integer({ min: 30_000, max: 66_000 }));
const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ what: fc.constant("allocate" as const), bytes: anySize }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant("align" as const), bytes: fc.integer({ min: 0, max: 600 }), shift: fc.integer({ min: 5, max: 9 }) }) },
  { weight: 8, arbitrary: fc.record({ what: fc.constant("free" as const), which: fc.nat() }) },
  { weight: 3, arbitrary: fc.record({ what: fc.constant("misuse" as const), which: fc.nat(), by: fc.constantFrom(-16, -4, 1, 4, 16, 32, PAGE_BYTES, 2 ** 20, 2 ** 31) }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant("batch" as const), sizeClass: fc.nat(CLASSES - 1), count: fc.integer({ min: 1, max: 20 }) }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant("header" as const), which: fc.nat(), value: fc.oneof(fc.integer({ min: 0, max: 511 }), fc.integer()) }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant("note" as const), which: fc.nat(), value: fc.integer({ min: 0, max: 511 }) }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant("top" as const), sizeClass: fc.nat(CLASSES - 1), tag: fc.integer(), value: word }) },
);
type Step = typeof step extends fc.Arbitrary<infer One> ? One : never;

function take({ chunks, pages, memory, heads }: Thread, live: readonly number[], one: Step): number[] {
  const at = (which: number): number => (live.length === 0 ? 2 * PAGE_BYTES + 16 : live[which % live.length]);
  switch (one.what) {
    case "allocate":
      return [chunks.allocate(one.bytes)];
    case "align":
      return [chunks.allocateAligned(2 ** one.shift, one.bytes)];
    case "free":
      chunks.free(at(one.which));
      return [];
    case "misuse":
      chunks.free((at(one.which) + one.by) >>> 0);
      return [];
    case "batch": {
      const into = pages.acquire(PAGE_BYTES);
      if (into === 0) return [];
      const taken = chunks.blocksOf(one.sizeClass).take(into, one.count);
      const blocks = [...memory.u32.subarray(into >>> 2, (into >>> 2) + taken)];
      pages.release(into, PAGE_BYTES);
      return blocks;
    }
    case "header":
      memory.i32[(at(one.which) - 4) >>> 2] = one.value;
      return [];
    case "note":
      if (at(one.which) < memory.end) memory.i32[pages.map.noteWord(at(one.which))] = one.value;
      return [];
    case "top": {
      const head = (heads[0] + one.sizeClass * TAGGED_STACK.bytes) >>> 2;
      memory.i32[head] = one.value.of === undefined ? one.value.plus : at(one.value.of) + one.value.plus;
      memory.i32[head + 1] = one.tag;
      return [];
    }
  }
}

test("scripts of calls leave the same heap, also when programs have written to what is not theirs", () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 5, maxLength: 80 }), (steps) => {
      const threads = both(20);
      const live: number[] = [];
      for (const one of steps) {
        const [fused, stepwise] = threads.map((thread) => outcome(() => take(thread, live, one)));
        expect(fused).toEqual(stepwise);
        if (Array.isArray(fused)) live.push(...(fused as number[]).filter((address) => address !== 0));
        if (one.what === "free" && Array.isArray(fused)) live.splice(one.which % live.length, 1);
      }
      expect(alike(threads)).toBe(true);
    }),
    { numRuns: 300 },
  );
});

test("every size is served from the same class, and none that is too large", () => {
  const threads = both(40);
  const sizes = Array.from({ length: CLASSES }, (_, c) => [-5, -4, -3, -1, 0].map((by) => 2 ** (c + 4) + by)).flat();
  for (const bytes of [0, 1, ...sizes, LARGEST_CARVED_REQUEST - 1, LARGEST_CARVED_REQUEST, LARGEST_CARVED_REQUEST + 1, 2 ** 31, 2 ** 32 - 4, 2 ** 32 - 1]) {
    const found = threads.map(({ chunks }) => {
      const block = chunks.allocate(bytes);
      return [block, block === 0 ? 0 : chunks.usableSize(block)];
    });
    expect(found[0]).toEqual(found[1]);
    expect(found[0][1] >= bytes).toBe(bytes <= LARGEST_CARVED_REQUEST);
    for (const { chunks } of threads) if (found[0][0] !== 0) chunks.free(found[0][0]);
  }
  expect(alike(threads)).toBe(true);
});

test.each(Array.from({ length: CLASSES }, (_, c) => [2 ** (c + 4), c]))("headers that a program has forged are refused by both, where no block of %i bytes starts", (blockBytes, sizeClass) => {
  const threads = both(3);
  const found = threads.map(({ chunks, pages, memory }) => {
    const before = pages.acquire(PAGE_BYTES);
    const chunk = Math.floor(chunks.allocate(blockBytes - 16) / PAGE_BYTES) * PAGE_BYTES;
    expect(chunk).toBe(before + PAGE_BYTES);
    const header = memory.i32[(chunk + 12) >>> 2];
    expect(chunks.classAt(chunk + 16)).toBe(sizeClass);
    memory.i32.fill(header, before >>> 2, (chunk + PAGE_BYTES) >>> 2);
    const freed: number[] = [];
    for (let address = chunk - 16; address < chunk + PAGE_BYTES + 16; address += 4) {
      // those of no multiple of 16 all alike, but for some
      if (address % 16 !== 0 && address % 4096 > 64) continue;
      if (outcome(() => chunks.free(address)) === undefined) freed.push(address - chunk);
    }
    return freed;
  });
  expect(found[0]).toEqual(found[1]);
  expect(found[0]).toEqual(Array.from({ length: found[0].length }, (_, i) => 16 + i * blockBytes));
  expect(found[0]).toHaveLength(blockBytes === PAGE_BYTES ? 1 : Math.floor((PAGE_BYTES - 12) / blockBytes));
  expect(alike(threads)).toBe(true);
});

test("a header counts only in a page that is noted as a chunk of its class", () => {
  const threads = both(2);
  const found = threads.map(({ chunks, pages, memory }) => {
    const block = chunks.allocate(LARGEST_CARVED_REQUEST);
    const note = pages.map.noteAt(block);
    const [owner, shift] = [PAGE_NOTE.owner.get(note), PAGE_NOTE.value.shift];
    const freed: number[][] = [];
    for (let by = -owner; by < 16 - owner; by++) {
      for (const sizeClass of [0, 1, CLASSES - 1, CLASSES, 31, 32, 2 ** 28 - 1]) {
        pages.map.setNote(block, (owner + by) | (sizeClass << shift));
        memory.i32[(block - 4) >>> 2] = 1 | (sizeClass << STACKED_BLOCK_HEADER.sizeClass.shift);
        if (outcome(() => chunks.free(block)) === undefined) freed.push([by, sizeClass]);
      }
    }
    return freed;
  });
  expect(found).toEqual([0, 1].map(() => [[0, 0], [0, 1], [0, CLASSES - 1]]));
  expect(alike(threads)).toBe(true);
});

test("a chunk that is said to lie where there is no memory yet is looked for by neither", () => {
  const threads = HELPERS.map((helper) => format(wasm({ initial: 3 * PAGE_BYTES, maximum: 8 * PAGE_BYTES }, { helper })));
  const found = threads.map(({ chunks, pages }) => {
    pages.map.setNote(5 * PAGE_BYTES, pages.map.noteAt(chunks.allocate(1)));
    return outcome(() => chunks.free(5 * PAGE_BYTES + 16));
  });
  expect(found[0]).toEqual(found[1]);
  expect(found[0]).toMatch(/^InvalidAddressError/);
});

test("an address behind the heap, in a memory that goes on, is refused by both", () => {
  const found = HELPERS.map((helper) => {
    const whole = new WebAssembly.Memory({ initial: 64, maximum: 64, shared: true });
    const { chunks, pages, memory } = format(wasm(whole, { maximum: 2 ** 21, helper }));
    const block = chunks.allocate(1);
    // as if there were a block, by the words behind the page map and before the address
    const after = new Int32Array(whole.buffer);
    after[pages.map.noteWord(2 ** 21)] = pages.map.noteAt(block);
    after[(2 ** 21 + 12) >>> 2] = memory.i32[(block - 4) >>> 2];
    return [2 ** 21 + 16, 3 * 2 ** 20, 2 ** 22 - 16, 2 ** 22, 2 ** 32 - 16].map((address) => outcome(() => chunks.free(address)));
  });
  expect(found[0]).toEqual(found[1]);
  for (const refusal of found[0]) expect(refusal).toMatch(/^InvalidAddressError/);
});

test("a thread with the program and one without it share a heap", () => {
  const first = format(wasm({ initial: PAGE_BYTES, maximum: 2 ** 24 }));
  const second = build(Root.attach(openMemory({ ...first.handle, helper: "never" } as MemoryHandle), IDENTITY), first.handle);
  shareAHeap(first.chunks, second.chunks);
  second.chunks.check();
});

test("blocks are within the views of a thread that has not looked since another one grew the memory", () => {
  const first = format(wasm({ initial: 2 ** 17, maximum: 2 ** 26 }));
  const second = build(Root.attach(openMemory(first.handle), IDENTITY), first.handle);
  let block = first.chunks.allocate(100);
  while (block < second.memory.end) block = first.chunks.allocate(100);
  first.chunks.free(block);
  expect(second.chunks.allocate(100)).toBe(block);
  second.memory.i32[block >>> 2] = 7;
  expect(first.memory.i32[block >>> 2]).toBe(7);
});

const OTHERS: readonly (readonly [name: string, make: StackMaker])[] = [
  ["Boehm's stacks", (root) => new BoehmStack(root.memory, root.claimStruct(BOEHM_STACK), root.threads.id)],
  ["counted stacks", (root) => new CountedStack(root.memory, root.claimStruct(TAGGED_STACK))],
  ["stacks that lie apart", (root) => new TaggedStack(root.memory, root.claimStruct(TAGGED_STACK, 2))],
];

test.each(OTHERS)("chunks on %s go without the program", (_name, makeStack) => {
  const pops: (() => number)[] = [];
  const { chunks } = format(wasm({ initial: PAGE_BYTES, maximum: 2 ** 22 }), (root) => {
    const stack = makeStack(root);
    pops.push(vi.spyOn(stack, "pop"));
    return stack;
  });
  const blocks = Array.from({ length: 300 }, (_, i) => chunks.allocate(i * 10));
  for (const block of blocks) chunks.free(block);
  chunks.check();
  for (const pop of pops) vi.mocked(pop).mockClear();
  expect(new Set(Array.from({ length: 300 }, (_, i) => chunks.allocate(i * 10)))).toEqual(new Set(blocks));
  expect(pops.reduce((sum, pop) => sum + vi.mocked(pop).mock.calls.length, 0)).toBe(300);
  for (const block of blocks) chunks.free(block);
  chunks.check();
});
