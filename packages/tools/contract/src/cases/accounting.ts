/** What the heap says of itself is true: the walk, the figures, and the same answers to the same calls. */
import type { Heap, HeapStats } from "@heapwright/core";
import { census, liveBlocks } from "../census.js";
import { casesOf } from "../contract-case.js";
import type { Context } from "../context.js";
import { demandLittleMore } from "../peak.js";
import { demand, demandEqual } from "../violation.js";

/** Sizes of blocks that one thread makes and another frees: small, middling and large ones. */
const PASSED_ON = Array.from({ length: 400 }, (_, i) => (i % 100 === 0 ? 30_000 + i * 50 : i % 2 === 0 ? 1000 + i * 7 : 16 + i));

/** A fixed mixture of calls; the addresses that came out of it. */
function play(heap: Heap, context: Context): number[] {
  const out: number[] = [];
  const held: number[] = [];
  for (let i = 0; i < 1500; i++) {
    const dice = Math.imul(i, 0x9e3779b1) >>> 8;
    const size = (dice % 7 === 0 ? dice % 20_000 : dice % 500) % context.abilities.largestBlock;
    if (dice % 3 === 0 && held.length > 0) heap.free(held.splice(dice % held.length, 1)[0]);
    else if (dice % 11 === 0 && held.length > 0) {
      const index = dice % held.length;
      const moved = heap.realloc(held[index], size);
      if (moved !== 0) held[index] = moved;
      out.push(moved);
    } else {
      const address = dice % 5 === 0 ? heap.alignedAlloc(64, size) : heap.malloc(size);
      if (address !== 0) held.push(address);
      out.push(address);
    }
  }
  for (const address of held) heap.free(address);
  return out;
}

function proveSane(heap: Heap): HeapStats {
  const stats = heap.stats();
  for (const [name, value] of Object.entries(stats)) {
    demand(Number.isSafeInteger(value) && value >= 0, () => `stats().${name} is ${value}`);
  }
  const length = heap.memory.buffer.byteLength;
  demand(stats.mappedBytes <= stats.peakMappedBytes, () => `mappedBytes ${stats.mappedBytes} is above its peak ${stats.peakMappedBytes}`);
  demand(stats.mappedBytes <= length, () => `mappedBytes ${stats.mappedBytes} is above the buffer's length ${length}`);
  demand(stats.metadataBytes <= stats.mappedBytes, () => `metadataBytes ${stats.metadataBytes} is above mappedBytes ${stats.mappedBytes}`);
  demand(stats.metadataBytes > 0, "a heap without any metadata");
  demandEqual(stats.bufferBytes, Math.min(length, heap.memory.maximumBytes), "stats().bufferBytes");
  demandEqual(stats.maximumBytes, heap.memory.maximumBytes, "stats().maximumBytes");
  return stats;
}

export const ACCOUNTING_CASES = casesOf("accounting", {
  "the walk of a fresh heap tiles the buffer and lists no block": (context) => {
    const heap = context.heap();
    demandEqual(liveBlocks(heap).length, 0, "live blocks of a fresh heap");
    demand(census(heap).some(({ state }) => state === "metadata"), "no region of bookkeeping");
    demand(census(heap).every(({ layer }) => typeof layer === "string" && layer !== ""), "a region without a layer's name");
    demand(census(heap).every(({ state }) => state !== "lost"), "lost bytes, though no thread has died");
  },
  "the walk lists exactly the blocks that are out, after every call": (context) => {
    const heap = context.heap({ maximum: 2 ** 22 });
    const ledger = context.ledger();
    for (const size of [0, 1, 16, 17, 100, 1000, 5000, 30_000, 70_000, 150_000]) {
      ledger.malloc(heap, size);
      ledger.prove(heap);
      ledger.alignedAlloc(heap, 256, size);
      ledger.prove(heap);
    }
    while (ledger.count > 0) {
      ledger.free(heap, ledger.at(ledger.count >>> 1).address);
      ledger.prove(heap);
    }
  },
  "walk and check change nothing, and all attachments see the same": (context) => {
    const heap = context.heap();
    const other = context.attach(heap);
    for (const size of [10, 1000, 9000]) heap.malloc(size);
    const seen = JSON.stringify(census(heap));
    heap.check();
    other.check();
    demandEqual(JSON.stringify(census(other)), seen, "walk of another attachment");
    other[Symbol.dispose]();
  },
  "the same calls give the same addresses": (context) => {
    const [first, second] = [context.heap(), context.heap()].map((heap) => play(heap, context));
    demandEqual(JSON.stringify(first), JSON.stringify(second), "addresses of two runs");
  },
  "figures are sane, and the peak never falls": (context) => {
    const heap = context.heap({ initial: 65536 });
    let peak = proveSane(heap).peakMappedBytes;
    const held: number[] = [];
    for (let i = 0; i < 400; i++) {
      if (i % 100 < 60) held.push(heap.malloc((i * 997) % 20_000));
      else heap.free(held.pop() ?? 0);
      const now = proveSane(heap).peakMappedBytes;
      demand(now >= peak, () => `peakMappedBytes fell from ${peak} to ${now}`);
      peak = now;
    }
    for (const address of held) heap.free(address);
    proveSane(heap);
  },
  "mapped bytes cover all live blocks": (context) => {
    const heap = context.heap();
    let live = 0;
    for (let i = 0; i < 100; i++) {
      const address = heap.malloc(i * 500);
      if (address !== 0) live += heap.usableSize(address);
    }
    demand(heap.stats().mappedBytes >= live, `${heap.stats().mappedBytes} bytes mapped for ${live} live ones`);
  },
  "blocks that one thread allocates and another frees do not raise the peak": (context) => {
    const heap = context.heap();
    const other = context.attach(heap);
    // each place has its size, so that as many of each are live at any time
    const blocks = PASSED_ON.map((size) => heap.malloc(context.fit(size)));
    demand(!blocks.includes(0), "there is no room for the first blocks");
    let state = 1;
    const anyPlace = (): number => Math.floor(((state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32) * blocks.length);
    const round = (): void => {
      for (let i = 0; i < blocks.length; i++) {
        const place = anyPlace();
        other.free(blocks[place]);
        blocks[place] = heap.malloc(context.fit(PASSED_ON[place]));
        demand(blocks[place] !== 0, () => `malloc(${context.fit(PASSED_ON[place])}) answered 0 for lack of what another has freed`);
      }
    };
    for (let i = 0; i < 5; i++) round();
    const { peakMappedBytes } = heap.stats();
    for (let i = 0; i < 60; i++) round();
    demandLittleMore(heap, peakMappedBytes, "sixty more rounds");
    for (const address of blocks) other.free(address);
    other[Symbol.dispose]();
    context.ledger().prove(heap);
  },
  "the same work again and again does not raise the peak": (context) => {
    const heap = context.heap();
    // caches and lists find their size in the first rounds
    for (let round = 0; round < 3; round++) play(heap, context);
    const { peakMappedBytes } = heap.stats();
    for (let round = 0; round < 40; round++) play(heap, context);
    demandLittleMore(heap, peakMappedBytes, "forty more rounds");
    context.ledger().prove(heap);
  },
});
