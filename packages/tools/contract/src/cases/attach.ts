/** A second thread joins the same heap or is told by name what is different. */
import { AttachError, ROOT, type AttachMismatch, type Heap, type HeapHandle, type MemoryHandle } from "@heapwright/core";
import { casesOf } from "../contract-case.js";
import { received, type Context } from "../context.js";
import { demand, demandEqual, demandThrow, show } from "../violation.js";

const PROMISES: readonly unknown[] = ["single-threaded", "blocking", "almost-lock-free", "lock-free"];

/** Word index of the header, which every heap has first. */
function headerOf(heap: Heap): number {
  return (Math.ceil(heap.memory.base / ROOT.align) * ROOT.align) >>> 2;
}

function proveRefused(context: Context, handle: unknown, mismatch: AttachMismatch | "any", what: string): void {
  const error = demandThrow(AttachError, () => context.subject.preset.attach(handle as HeapHandle), `attach to ${what}`);
  if (mismatch !== "any") demandEqual(error.mismatch, mismatch, `what differs, according to attach to ${what}`);
}

/** The handle of a copy of the heap's first `bytes` bytes, in a buffer of `length`. */
function copied(heap: Heap, bytes: number, length: number): HeapHandle {
  const buffer = new SharedArrayBuffer(length);
  const count = Math.min(bytes, length);
  new Uint8Array(buffer, 0, count).set(heap.memory.u8.subarray(0, count));
  return withMemory(heap, { kind: "buffer", buffer, base: heap.memory.base, maximumBytes: heap.memory.maximumBytes });
}

function withMemory(heap: Heap, memory: unknown): HeapHandle {
  return { ...heap.handle, memory: memory as MemoryHandle };
}

/** Another value of the same type, for every option in turn. */
function otherOptions({ handle }: Heap): { name: string; options: Record<string, unknown> }[] {
  const other = (value: string | number | boolean): unknown => (typeof value === "boolean" ? !value : typeof value === "number" ? value * 2 || 1 : `${value}?`);
  return Object.entries(handle.options).map(([name, value]) => ({ name, options: { ...handle.options, [name]: other(value) } }));
}

/** Calls `damage` with the index of a header word, proves the attach refused, and repairs the word. */
function proveWordMatters(context: Context, word: number, mismatch: AttachMismatch): void {
  const heap = context.heap();
  const w = headerOf(heap) + word;
  const before = heap.memory.i32[w];
  for (const value of [before + 1, before ^ 1, ~before]) {
    heap.memory.i32[w] = value;
    proveRefused(context, heap.handle, mismatch, `a heap whose ${mismatch} word is ${value} instead of ${before}`);
  }
  heap.memory.i32[w] = before;
  context.attach(heap)[Symbol.dispose]();
}

export const ATTACH_CASES = casesOf("attach", {
  "a second attachment sees the blocks of the first and frees them, and the other way round": (context) => {
    const heap = context.heap();
    const other = context.attach(heap);
    const ledger = context.ledger();
    for (const [maker, breaker] of [[heap, other], [other, heap]] as const) {
      for (let i = 0; i < 200; i++) ledger.malloc(maker, context.fit((i * 131) % 3000));
      ledger.prove(breaker);
      for (let i = 0; i < 100; i++) ledger.realloc(breaker, ledger.at(i).address, context.fit((i * 177) % 4000));
      ledger.prove(maker);
      ledger.freeAll(breaker);
      ledger.prove(maker);
    }
    other[Symbol.dispose]();
  },
  "a handle survives the way to another thread": (context) => {
    const heap = context.heap();
    const ledger = context.ledger();
    const address = ledger.malloc(heap, context.fit(100));
    const other = context.subject.preset.attach(received(heap.handle));
    ledger.verify(other, address);
    const again = context.subject.preset.attach(received(other.handle));
    ledger.free(again, address);
    ledger.prove(heap);
    for (const one of [other, again]) one[Symbol.dispose]();
  },
  "an attachment shows the same preset, progress and memory, under an id of its own": (context) => {
    const heap = context.heap();
    const other = context.attach(heap);
    demandEqual(heap.preset, context.subject.preset.name, "name of the preset");
    demandEqual(other.preset, heap.preset, "name of the preset");
    demand(PROMISES.includes(heap.progress), `the progress is ${heap.progress}`);
    demandEqual(other.progress, heap.progress, "progress");
    demandEqual(other.memory.base, heap.memory.base, "base");
    demandEqual(other.memory.maximumBytes, heap.memory.maximumBytes, "maximumBytes");
    demand(heap.threadId > 0 && other.threadId > 0 && heap.threadId !== other.threadId, `ids ${heap.threadId} and ${other.threadId}`);
    other[Symbol.dispose]();
  },
  "a heap with default options makes the progress that its preset states": (context) => {
    const { preset } = context.subject;
    demandEqual(context.heap({}, {}).progress, preset.progress, `progress of a heap of ${preset.name} with default options`);
  },
  "threads that reach the words by different doors share a heap": (context) => {
    const heap = context.heap();
    const { memory } = heap.handle;
    const plain = context.subject.preset.attach({ ...heap.handle, memory: memory.kind === "wasm" ? { ...memory, helper: "never" } : { ...memory } });
    const ledger = context.ledger();
    for (let i = 0; i < 400; i++) {
      const [one, two] = i % 2 === 0 ? [heap, plain] : [plain, heap];
      ledger.malloc(one, context.fit((i * 61) % 2500));
      if (i % 3 === 2) ledger.free(two, ledger.at(i * 7).address);
    }
    ledger.prove(heap);
    ledger.prove(plain);
    ledger.freeAll(plain);
    plain[Symbol.dispose]();
  },
  "a buffer that holds no heap is refused": (context) => {
    const heap = context.heap();
    proveRefused(context, copied(heap, 0, 2 ** 20), "magic", "a buffer of zeros");
    const random = copied(heap, 0, 2 ** 20);
    const words = new Int32Array((random.memory as { buffer: SharedArrayBuffer }).buffer);
    for (let w = 0; w < words.length; w++) words[w] = Math.imul(w + 1, 0x85ebca6b);
    proveRefused(context, random, "magic", "a buffer of random bytes");
    proveRefused(context, withMemory(heap, { ...heap.handle.memory, base: heap.memory.base + 4096 }), "magic", "a heap at another base");
    // where the header begins is rounded up, so it may still be found
    proveRefused(context, withMemory(heap, { ...heap.handle.memory, base: heap.memory.base + 1 }), "any", "a heap at a base that is beside its own");
  },
  "a header of another format version is refused": (context) => proveWordMatters(context, ROOT.version, "version"),
  "a header without the magic word is refused": (context) => proveWordMatters(context, ROOT.magic, "magic"),
  "a heap of another preset is refused, by its header and by its handle": (context) => {
    proveWordMatters(context, ROOT.preset, "preset");
    proveRefused(context, { ...context.heap().handle, preset: "another preset" }, "preset", "a handle of another preset");
  },
  "a heap made with other options is refused": (context) => {
    const heap = context.heap();
    for (const { name, options } of otherOptions(heap)) proveRefused(context, { ...heap.handle, options }, "options", `a heap with another ${name}`);
    const { memory } = heap.handle;
    proveRefused(context, withMemory(heap, { ...memory, maximumBytes: memory.maximumBytes / 2 }), "options", "a heap with another maximum");
  },
  "a heap laid out by another build is refused": (context) => proveWordMatters(context, ROOT.layoutHash, "layout"),
  "a buffer that ends early is refused": (context) => {
    const heap = context.heap();
    const header = headerOf(heap) * 4;
    proveRefused(context, copied(heap, 0, 0), "handle", "a buffer of no bytes");
    for (const length of [header + 4, header + ROOT.bytes - 4]) proveRefused(context, copied(heap, length, length), "magic", `the first ${length} bytes of a heap`);
    for (const length of [header + ROOT.bytes, header + ROOT.bytes + 128, header + 2 ** 17]) proveRefused(context, copied(heap, length, length), "layout", `the first ${length} bytes of a heap`);
  },
  "what is no handle is refused": (context) => {
    const heap = context.heap();
    const { preset, options, memory } = heap.handle;
    const garbage: unknown[] = [undefined, null, 0, 1, "heap", true, 1n, Symbol("handle"), [], {}, { preset }, { preset, options: null }, { preset, options, memory: null }, { preset, memory }, { preset, memory, options: 5 }, { preset, options: {}, memory }];
    for (const handle of garbage) proveRefused(context, handle, "any", show(handle));
    const memories: unknown[] = [undefined, null, 5, "memory", {}, { ...memory, kind: "disk" }, { ...memory, base: -1 }, { ...memory, base: Number.NaN }, { ...memory, base: "0" }, { ...memory, maximumBytes: undefined }, { ...memory, maximumBytes: 2 ** 33 }, { kind: "buffer", buffer: new Uint8Array(16), base: 0, maximumBytes: 16 }, { kind: "wasm", memory: {}, base: 0, maximumBytes: 16, helper: "auto" }];
    for (const one of memories) proveRefused(context, withMemory(heap, one), "handle", `a memory handle ${show(one)}`);
  },
  "refused attachments leave the heap as it was and take no slot": (context) => {
    const heap = context.heap({ threads: 3 });
    heap.malloc(50);
    for (let i = 0; i < 20; i++) {
      proveRefused(context, { ...heap.handle, preset: "another" }, "preset", "another preset");
      for (const { options } of otherOptions(heap)) proveRefused(context, { ...heap.handle, options }, "options", "other options");
      const w = headerOf(heap) + ROOT.layoutHash;
      heap.memory.i32[w] ^= 1;
      proveRefused(context, heap.handle, "layout", "another layout");
      heap.memory.i32[w] ^= 1;
    }
    for (const one of [context.attach(heap), context.attach(heap)]) one[Symbol.dispose]();
  },
  "one thread too many is refused, until another leaves": (context) => {
    for (const threads of [1, 2, 5]) {
      const heap = context.heap({ threads });
      const others = Array.from({ length: threads - 1 }, () => context.attach(heap));
      for (let i = 0; i < 3; i++) proveRefused(context, heap.handle, "threads", `a heap for ${threads} threads`);
      for (const one of others) {
        one[Symbol.dispose]();
        context.attach(heap)[Symbol.dispose]();
      }
    }
  },
});
