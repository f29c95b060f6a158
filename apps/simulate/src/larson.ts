/**
 * A server: each core has a table of blocks that its neighbour has made, and replaces random ones. At first it frees what
 * another has allocated, later more and more its own. The tables themselves are not in the simulated memory.
 */
import type { Heap } from "@heapwright/core";
import { share, type Program, type Stage, type Workload } from "./workload.js";

const LEAST = 16;
const MOST = 80;
const BLOCKS = 40;

export const larson: Workload = {
  name: "larson",
  text: "a table of 40 blocks of 16 to 80 bytes that the neighbour has made; 200 times a random one is freed and another allocated (Michael: 1,024 blocks, 30 s)",
  unit: "pair",
  prepare(stage) {
    const { heaps } = stage;
    const replacements = share(stage, 200);
    const tables = heaps.map((heap) => Array.from({ length: BLOCKS }, () => heap.malloc(sizeOf(stage))));
    return {
      programs: heaps.map((heap, core) => serve(stage, heap, tables[(core + 1) % heaps.length], replacements)),
      units: heaps.length * replacements,
    };
  },
};

function* serve(stage: Stage, heap: Heap, table: number[], replacements: number): Program {
  for (let i = 0; i < replacements; i++) {
    const victim = stage.random(BLOCKS);
    heap.free(table[victim]);
    yield;
    table[victim] = heap.malloc(sizeOf(stage));
    heap.memory.i32[table[victim] >>> 2] = i;
    yield;
  }
}

function sizeOf({ random }: Stage): number {
  return LEAST + random(MOST - LEAST + 1);
}
