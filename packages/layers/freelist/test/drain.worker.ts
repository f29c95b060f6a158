// Pushes its own nodes, some one by one and some as chains of three.
import { workerData } from "node:worker_threads";
import { openMemory, type MemoryHandle } from "@heapwright/core";
import { DrainStack } from "@heapwright/freelist";
import { HEAD, nodeAt } from "./stack-makers.js";

export interface DrainWork {
  readonly handle: MemoryHandle;
  /** Its nodes are those with the numbers from `first` to `first + count - 1`; `count` is a multiple of 4. */
  readonly first: number;
  readonly count: number;
}

const { handle, first, count } = workerData as DrainWork;
const memory = openMemory(handle);
const stack = new DrainStack(memory, HEAD);
for (let i = first; i < first + count; i += 4) {
  stack.push(nodeAt(i));
  memory.i32[nodeAt(i + 1) >>> 2] = nodeAt(i + 2);
  memory.i32[nodeAt(i + 2) >>> 2] = nodeAt(i + 3);
  stack.pushChain(nodeAt(i + 1), nodeAt(i + 3));
}
