/**
 * Whether blocks of two threads come to lie in one cache line, in the two ways that Hoard's paper tells apart (section
 * 4.2): induced actively, by giving neighbours to threads that allocate by turns, and passively, by giving a thread the
 * place of a block that it has freed and that had been allocated by another one, whose blocks are all around.
 */
import type { Heap } from "@heapwright/core";
import type { FalseSharing, System } from "./system.js";

const LINE = 64;
const BYTES = 16;
const BLOCKS = 500;

export function observeFalseSharing(system: System): FalseSharing {
  if (active(system)) return "active and passive";
  return passive(system) ? "passive" : "none";
}

function active(system: System): boolean {
  const [one, other] = threads(system);
  const [ones, others]: [number[], number[]] = [[], []];
  for (let i = 0; i < BLOCKS; i++) {
    ones.push(one.malloc(BYTES));
    others.push(other.malloc(BYTES));
  }
  return share(ones, others);
}

function passive(system: System): boolean {
  const [one, other] = threads(system);
  const blocks = Array.from({ length: BLOCKS }, () => one.malloc(BYTES));
  other.malloc(BYTES);
  for (const block of blocks.filter((_, i) => i % 2 === 1)) other.free(block);
  const kept = blocks.filter((_, i) => i % 2 === 0);
  return share(kept, Array.from({ length: BLOCKS / 2 }, () => other.malloc(BYTES)));
}

function threads(system: System): [Heap, Heap] {
  const one = system.create(2 ** 22);
  return [one, system.preset.attach(one.handle)];
}

function share(ones: readonly number[], others: readonly number[]): boolean {
  const lines = new Set(ones.map((block) => Math.floor(block / LINE)));
  return others.some((block) => lines.has(Math.floor(block / LINE)));
}
