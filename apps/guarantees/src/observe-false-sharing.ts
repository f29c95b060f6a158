/**
 * Whether blocks of two threads come to lie in one cache line, in the two ways that Hoard's paper tells apart (section
 * 4.2): induced actively, by giving neighbours to threads that allocate by turns, and passively, by giving a thread the
 * place of a block that it has freed and that had been allocated by another one, whose blocks are all around. With many
 * blocks, the latter also shows whether memory changes hands while there are live blocks in it. Where none of that shares,
 * it may still be so with blocks that a thread has left behind, or once there is no other memory.
 */
import type { Heap } from "@heapwright/core";
import { fill } from "./fill.js";
import type { FalseSharing, System } from "./system.js";

const LINE = 64;
/** Sizes of requests; one that shares is enough. */
const SIZES = [16, 40, 64];
/** A few cache lines, and many superblocks. */
const FEW = 16;
const MANY = 5000;

export function observeFalseSharing(system: System): FalseSharing {
  if (SIZES.some((bytes) => active(system, bytes, FEW))) return "active and passive";
  if (SIZES.some((bytes) => passive(system, bytes, FEW))) return "passive";
  if (SIZES.some((bytes) => active(system, bytes, MANY) || passive(system, bytes, MANY))) return "handed on";
  if (SIZES.some((bytes) => inherited(system, bytes, MANY))) return "left behind";
  return SIZES.some((bytes) => scarce(system, bytes)) ? "when full" : "none";
}

function active(system: System, bytes: number, count: number): boolean {
  const [one, other] = threads(system);
  const [ones, others]: [number[], number[]] = [[], []];
  for (let i = 0; i < count; i++) {
    ones.push(one.malloc(bytes));
    others.push(other.malloc(bytes));
  }
  return share(ones, others, bytes);
}

function passive(system: System, bytes: number, count: number): boolean {
  const [one, other] = threads(system);
  const blocks = Array.from({ length: count }, () => one.malloc(bytes));
  other.malloc(bytes);
  for (const block of blocks.filter((_, i) => i % 2 === 1)) other.free(block);
  const kept = blocks.filter((_, i) => i % 2 === 0);
  return share(kept, Array.from({ length: count / 2 }, () => other.malloc(bytes)), bytes);
}

/** One leaves, and leaves every other block. */
function inherited(system: System, bytes: number, count: number): boolean {
  const [one, other] = threads(system);
  other.malloc(bytes);
  const blocks = Array.from({ length: count }, () => one.malloc(bytes));
  for (const block of blocks.filter((_, i) => i % 2 === 1)) one.free(block);
  one[Symbol.dispose]();
  const kept = blocks.filter((_, i) => i % 2 === 0);
  return share(kept, Array.from({ length: count }, () => other.malloc(bytes)), bytes);
}

/** One has all memory, but for every other block. */
function scarce(system: System, bytes: number): boolean {
  const [one, other] = threads(system, 2 ** 20);
  other.malloc(bytes);
  const blocks = fill(one, bytes);
  for (const block of blocks.filter((_, i) => i % 2 === 1)) one.free(block);
  const kept = blocks.filter((_, i) => i % 2 === 0);
  return share(kept, fill(other, bytes), bytes);
}

function threads(system: System, maximumBytes = 2 ** 24): [Heap, Heap] {
  const one = system.create(maximumBytes);
  return [one, system.preset.attach(one.handle)];
}

function share(ones: readonly number[], others: readonly number[], bytes: number): boolean {
  const linesOf = (block: number): number[] => [Math.floor(block / LINE), Math.floor((block + bytes - 1) / LINE)];
  const lines = new Set(ones.flatMap(linesOf));
  return others.flatMap(linesOf).some((line) => lines.has(line));
}
