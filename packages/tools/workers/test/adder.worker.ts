// Adds to word 0 many times, and says in word 1 that it did.
import { workerData } from "node:worker_threads";

const { words, addend, times } = workerData as { words: Int32Array; addend: number; times: number };
for (let i = 0; i < times; i++) Atomics.add(words, 0, addend);
Atomics.add(words, 1, 1);
