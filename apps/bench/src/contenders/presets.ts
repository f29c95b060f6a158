/**
 * Our presets, one line each, with the options under which they can serve any workload that they are able to serve at all.
 */
import { aoMalloc } from "@heapwright/ao-malloc";
import { growable, wasm, type HeapHandle, type HeapOptions, type Preset } from "@heapwright/core";
import { dlmalloc } from "@heapwright/dlmalloc";
import { heapwright } from "heapwright";
import { hoard } from "@heapwright/hoard";
import { michael } from "@heapwright/michael";
import { rtosHeap } from "@heapwright/rtos-heap";
import { slistPools } from "@heapwright/slist-pools";
import { spanMalloc } from "@heapwright/span-malloc";
import type { JsContender } from "./contender.js";

const MAXIMUM_BYTES = 2 ** 30;
/** More than any workload has in use at once with eight threads. */
const ARENA_BYTES = 2 ** 28;
const THREADS = 64;
/** A shared WebAssembly.Memory, where whole loops of compare-and-swaps are calls of the helper module. */
const WASM = { memory: wasm({ initial: 2 ** 20, maximum: MAXIMUM_BYTES }) };

export const PRESETS: readonly JsContender[] = [
  growing("heapwright", heapwright, {}),
  growing("heapwright-buffer", heapwright, { memory: growable({ maximum: MAXIMUM_BYTES }) }),
  growing("slist-pools", slistPools, {}),
  growing("slist-pools-growing", slistPools, { buckets: 18, refill: true, perThread: 32 }),
  growing("ao-malloc", aoMalloc, { enableMmap: true }),
  growing("ao-malloc-wasm", aoMalloc, { enableMmap: true, ...WASM }),
  growing("ao-malloc-boehm-stack", aoMalloc, { enableMmap: true, stack: "almost-lock-free" }),
  growing("michael", michael, {}),
  growing("michael-wasm", michael, WASM),
  growing("hoard", hoard, {}),
  growing("dlmalloc", dlmalloc, {}),
  growing("dlmalloc-mspaces", dlmalloc, { mspaces: 8 }),
  growing("span-malloc", spanMalloc, {}),
  fixed("rtos-heap_2", rtosHeap, { form: "heap_2", heapBytes: ARENA_BYTES }),
  fixed("rtos-heap_2-coalescing", rtosHeap, { form: "heap_2-coalescing", heapBytes: ARENA_BYTES }),
  fixed("rtos-heap_4", rtosHeap, { form: "heap_4", heapBytes: ARENA_BYTES }),
];

function growing<Options extends HeapOptions>(name: string, preset: Preset<Options>, options: Options): JsContender {
  return contender(name, preset, options, "grows");
}

function fixed<Options extends HeapOptions>(name: string, preset: Preset<Options>, options: Options): JsContender {
  return contender(name, preset, options, "fixed");
}

function contender<Options extends HeapOptions>(name: string, preset: Preset<Options>, options: Options, memory: "grows" | "fixed"): JsContender {
  return {
    name,
    kind: "preset",
    maximumThreads: THREADS,
    keepsContents: true,
    async open() {
      const heap = preset.create({ maximumBytes: MAXIMUM_BYTES, maximumThreads: THREADS, ...options });
      return {
        arena: heap,
        handle: heap.handle,
        metadataBytes: () => heap.stats().metadataBytes,
        mappedBytes: () => (memory === "grows" ? heap.stats().peakMappedBytes : undefined),
        close: () => heap.check(),
      };
    },
    join(handle) {
      const heap = preset.attach(handle as HeapHandle);
      return { arena: heap, leave: () => heap[Symbol.dispose]() };
    },
  };
}
