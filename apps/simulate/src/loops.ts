/** The workloads in which no block is handed to another core: allocate and free, one at a time or many. */
import type { Heap } from "@heapwright/core";
import { share, type Program, type Workload } from "./workload.js";

const BYTES = 8;

export const linuxScalability: Workload = {
  name: "linux-scalability",
  text: "200 times malloc and free of 8 bytes (Michael: 10,000,000 times)",
  unit: "pair",
  prepare(stage) {
    const pairs = share(stage, 200);
    return { programs: stage.heaps.map((heap) => allocateAndFree(heap, pairs)), units: stage.heaps.length * pairs };
  },
};

function* allocateAndFree(heap: Heap, pairs: number): Program {
  for (let i = 0; i < pairs; i++) {
    const block = heap.malloc(BYTES);
    yield;
    heap.free(block);
    yield;
  }
}

export const threadtest: Workload = {
  name: "threadtest",
  text: "4 times 60 mallocs of 8 bytes, then all are freed in order (Michael: 100 times 100,000)",
  unit: "pair",
  prepare(stage) {
    const objects = share(stage, 60);
    return { programs: stage.heaps.map((heap) => allocateManyAndFree(heap, 4, objects)), units: stage.heaps.length * 4 * objects };
  },
};

function* allocateManyAndFree(heap: Heap, times: number, objects: number): Program {
  for (let time = 0; time < times; time++) {
    const blocks: number[] = [];
    for (let i = 0; i < objects; i++) {
      blocks.push(heap.malloc(BYTES));
      yield;
    }
    for (const block of blocks) {
      heap.free(block);
      yield;
    }
  }
}
