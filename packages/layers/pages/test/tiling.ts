/** The proof that what layers report covers the heap once, as a heap's own `check` makes it. */
import type { Memory, Region, Visit } from "@heapwright/core";
import { expect } from "vitest";

/** Regions in order of address. @throws when they overlap or leave a gap */
export function tiles(memory: Memory, ...walkers: { walk(visit: Visit): void }[]): Region[] {
  const regions: Region[] = [];
  for (const walker of walkers) walker.walk((region) => regions.push(region));
  regions.sort((a, b) => a.address - b.address);
  memory.reach(Number.MAX_SAFE_INTEGER);
  let at = memory.base;
  for (const region of regions) {
    expect(region.address, `after ${at}`).toBe(at);
    expect(region.bytes).toBeGreaterThan(0);
    at += region.bytes;
  }
  expect(at).toBe(memory.end);
  return regions;
}

/** Bytes reported in a state. */
export function bytesIn(state: Region["state"], regions: readonly Region[]): number {
  return regions.filter((region) => region.state === state).reduce((sum, { bytes }) => sum + bytes, 0);
}
