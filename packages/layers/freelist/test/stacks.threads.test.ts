// libatomic_ops' test_stack on worker threads, and the same with threads that are killed.
import { once } from "node:events";
import { setTimeout } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { growable, openMemory, wasm, type Memory, type MemoryHandle } from "@heapwright/core";
import { CountedStack } from "@heapwright/freelist";
import { startWorker } from "@heapwright/workers";
import { HEAD, makeStack, nodeAt, STARTED, type StackName } from "./stack-makers.js";
import type { StackWork } from "./stack.worker.js";

const ENTRY = new URL("./stack.worker.ts", import.meta.url);
const POPS = 40_000;

const KINDS: readonly (readonly [string, () => MemoryHandle])[] = [
  ["a growable SharedArrayBuffer", () => growable({ initial: 65536, maximum: 2 ** 20 }).open().handle],
  ["a WebAssembly.Memory", () => wasm({ initial: 65536, maximum: 2 ** 20 }).open().handle],
];

/** The handle with which every third thread does without the helper. */
function as(threadId: number, handle: MemoryHandle): MemoryHandle {
  return handle.kind === "wasm" && threadId % 3 === 0 ? { ...handle, helper: "never" } : handle;
}

const NAMES: readonly StackName[] = ["tagged", "counted", "boehm", "wide boehm"];

/** A stack of n numbered nodes. */
function filled(handle: MemoryHandle, name: StackName, n: number): Memory {
  const memory = openMemory(handle);
  const stack = makeStack(name, memory, 1000);
  for (let i = 1; i <= n; i++) {
    memory.i32[(nodeAt(i) >>> 2) + 1] = i;
    stack.push(nodeAt(i));
  }
  return memory;
}

/** Empties the stack. @returns the numbers of its nodes, ascending */
function numbers(memory: Memory, name: StackName): number[] {
  const stack = makeStack(name, memory, 1000);
  const found: number[] = [];
  for (let node = stack.pop(); node !== 0; node = stack.pop()) found.push(memory.i32[(node >>> 2) + 1]);
  return found.sort((a, b) => a - b);
}

const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1);

describe.each(KINDS)("on %s", (_kind, open) => {
  test.each(NAMES)("threads that pop and push %s stack elements lose none and double none", async (name) => {
    for (let threads = 1; threads <= 4; threads++) {
      const handle = open();
      const n = (threads * (threads + 1)) / 2;
      const memory = filled(handle, name, n);
      const work = upTo(threads).map((threadId): StackWork => ({ handle: as(threadId, handle), stack: name, threadId, held: threadId, pops: POPS / threads }));
      const workers = await Promise.all(work.map((one) => startWorker(ENTRY, one)));
      expect(await Promise.all(workers.map((worker) => once(worker, "exit")))).toEqual(work.map(() => [0]));
      if (name === "counted") expect(new CountedStack(memory, HEAD).depth()).toBe(n);
      expect(numbers(memory, name)).toEqual(upTo(n));
    }
  });

  test.each(NAMES)("killed threads hold up nobody on a %s stack, and lose no more than they held", async (name) => {
    const handle = open();
    const memory = filled(handle, name, 40);
    const survivor = await startWorker(ENTRY, { handle, stack: name, threadId: 999, held: 2, pops: Infinity } satisfies StackWork);
    const rounds = 12;
    for (let id = 1; id <= rounds; id++) {
      const started = memory.load(STARTED >>> 2);
      const victim = await startWorker(ENTRY, { handle: as(id, handle), stack: name, threadId: id, held: 1, pops: Infinity } satisfies StackWork);
      while (memory.load(STARTED >>> 2) === started) await setTimeout(1);
      await setTimeout(id % 4);
      await victim.terminate();
      makeStack(name, memory, 1000).reclaim(id);
    }
    await survivor.terminate();
    makeStack(name, memory, 1000).reclaim(999);
    const found = numbers(memory, name);
    expect(new Set(found).size).toBe(found.length);
    expect(found.length).toBeGreaterThanOrEqual(40 - rounds - 2);
  });
});
