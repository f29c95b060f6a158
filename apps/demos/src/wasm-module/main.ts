/**
 * A heap shared with a program in C. Two workers each run an instance of words.c on one WebAssembly.Memory, whose malloc
 * and free are those of our heap: each builds a trie, the other one lists and frees it, and JavaScript reads the lists.
 * The heap lies above the module's own data and grows the memory as it needs to.
 */
import assert from "node:assert/strict";
import { Worker } from "node:worker_threads";
import { PAGE_BYTES, wasm } from "@heapwright/core";
import { heapwright } from "heapwright";
import { answerOf } from "../crew.js";
import { liveBlocks } from "../live-blocks.js";
import { readCString } from "./c-string.js";
import { compileWords } from "./compile.js";
import type { Job } from "./job.js";
import { placeData } from "./words.js";

const MAXIMUM_BYTES = 1 << 26;

const module = compileWords(MAXIMUM_BYTES);
if (module === undefined) console.log("skipped: there is no clang with wasm-ld here; apps/demos/install-clang.sh installs them");
else await run(module);

async function run(module: WebAssembly.Module): Promise<void> {
  const memory = new WebAssembly.Memory({ initial: 4, maximum: MAXIMUM_BYTES / PAGE_BYTES, shared: true });
  const base = placeData(module, memory);
  const heap = heapwright.create({ memory: wasm(memory, { base, maximum: MAXIMUM_BYTES }) });
  console.log(`data of the C program up to ${base}, the heap from there on`);

  const texts = [1, 2].map((seed) => wordsOf(seed, 20_000));
  const workers = texts.map((words) => {
    const workerData: Job = { heap: heap.handle, module, memory, text: words.join(" ") };
    return new Worker(new URL("./worker.js", import.meta.url), { workerData });
  });
  const [first, second] = workers;
  const tries = await Promise.all(workers.map((worker) => answerOf<number>(worker)));
  console.log(`tries at ${tries.join(" and ")}, ${liveBlocks(heap)} blocks in all`);

  const answers = workers.map((worker) => answerOf<number>(worker));
  first.postMessage(tries[1]);
  second.postMessage(tries[0]);
  const lists = await Promise.all(answers);

  lists.forEach((list, i) => {
    const words = JSON.parse(readCString(heap.memory, list)) as string[];
    assert.deepEqual(words, [...new Set(texts[1 - i])].sort());
    console.log(`worker ${i + 1} lists ${words.length} words of worker ${2 - i}, from ${words[0]} to ${words.at(-1)}`);
    heap.free(list); // C has allocated it
  });
  assert.ok(memory.buffer.byteLength > 4 * PAGE_BYTES);
  heap.check();
  assert.equal(liveBlocks(heap), 0);
  console.log(`the memory grew to ${memory.buffer.byteLength >> 20} MiB; everything is freed, and the heap is whole`);
}

/** Words that look like some, the same for the same seed. */
function wordsOf(seed: number, count: number): string[] {
  let state = seed;
  const random = (below: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const syllable = (): string => `${"bdfgklmnprst"[random(12)]}${"aeiou"[random(5)]}`;
  return Array.from({ length: count }, () => Array.from({ length: 1 + random(5) }, syllable).join(""));
}
