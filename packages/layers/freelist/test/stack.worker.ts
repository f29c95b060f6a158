// Pops so many nodes and pushes them back, again and again, as each thread of libatomic_ops' test_stack does. There are
// always enough nodes, so an empty stack is an error.
import { workerData } from "node:worker_threads";
import { openMemory, type MemoryHandle } from "@heapwright/core";
import { makeStack, STARTED, type StackName } from "./stack-makers.js";

export interface StackWork {
  readonly handle: MemoryHandle;
  readonly stack: StackName;
  readonly threadId: number;
  /** Nodes to have popped at the same time. */
  readonly held: number;
  /** Pops in all; Infinity: until killed. */
  readonly pops: number;
}

const { handle, stack: name, threadId, held, pops } = workerData as StackWork;
const memory = openMemory(handle);
const stack = makeStack(name, memory, threadId);
const nodes = new Array<number>(held).fill(0);
memory.add(STARTED >>> 2, 1);
for (let done = 0; done < pops; done += held) {
  for (let i = 0; i < held; i++) {
    nodes[i] = stack.pop();
    if (nodes[i] === 0) throw new Error(`nothing to pop, with ${i} of ${held} nodes in hand`);
  }
  for (let i = 0; i < held; i++) stack.push(nodes[i]);
}
