/**
 * The two workloads that show false sharing: threads write their own small blocks over and over, which takes long where two
 * blocks lie in one line. Each write is an operation of its own, or the cores would not contend for the line.
 */
import type { Heap } from "@heapwright/core";
import { share, type Program, type Stage, type Workload } from "./workload.js";

const BYTES = 8;
const PAIRS = 10;
const WRITES = 25;

export const activeFalse: Workload = {
  name: "active-false",
  text: "10 times malloc of 8 bytes, each byte is written 25 times, free (Michael: 10,000 times, 1,000 times)",
  unit: "write",
  prepare: (stage) => start(stage, stage.heaps.map(() => 0)),
};

export const passiveFalse: Workload = {
  name: "passive-false",
  text: "as active-false, but first each core frees a block of 8 bytes that core 0 has made for it",
  unit: "write",
  prepare: (stage) => start(stage, stage.heaps.map(() => stage.heaps[0].malloc(BYTES))),
};

function start(stage: Stage, handed: readonly number[]): { programs: Program[]; units: number } {
  const pairs = share(stage, PAIRS);
  return {
    programs: stage.heaps.map((heap, core) => writeOften(heap, pairs, handed[core])),
    units: stage.heaps.length * pairs * WRITES * BYTES,
  };
}

function* writeOften(heap: Heap, pairs: number, handed: number): Program {
  if (handed !== 0) {
    heap.free(handed);
    yield;
  }
  const { u8 } = heap.memory;
  for (let i = 0; i < pairs; i++) {
    const block = heap.malloc(BYTES);
    yield;
    for (let k = 0; k < WRITES * BYTES; k++) {
      u8[block + (k % BYTES)] = k;
      yield;
    }
    heap.free(block);
    yield;
  }
}
