/**
 * The proof behind `check()`: the regions that all layers report, put in order, cover the heap from its base to the end
 * of the buffer without a gap and without an overlap. So no byte is handed out twice and none has gone missing.
 */
import { HeapCorruptionError, type Memory, type Region, type Visit } from "@heapwright/core";

export type History = "deaths" | "no deaths";

/**
 * @param walk reports every region
 * @param history whether a thread may have died in this heap: only then may bytes be lost
 * @throws HeapCorruptionError at the first address that is covered twice, or not at all
 */
export function proveTiling(walk: (visit: Visit) => void, memory: Memory, history: History): void {
  const regions: Region[] = [];
  walk((region) => regions.push(region));
  regions.sort((a, b) => a.address - b.address || a.bytes - b.bytes);
  let at = memory.base;
  let before = "the base of the heap";
  for (const region of regions) {
    proveSane(region, history);
    if (region.address < at) {
      throw new HeapCorruptionError(region.address, region.layer, `${describe(region)} overlaps ${before}, which ends at ${at}`);
    }
    if (region.address > at) {
      throw new HeapCorruptionError(at, region.layer, `${region.address - at} bytes are accounted for by nobody, between ${before} and ${describe(region)}`);
    }
    at = region.address + region.bytes;
    before = describe(region);
  }
  if (at !== memory.end) {
    throw new HeapCorruptionError(at, "heap", `the last region, ${before}, ends there and the buffer at ${memory.end}`);
  }
}

function proveSane(region: Region, history: History): void {
  if (!Number.isSafeInteger(region.bytes) || region.bytes <= 0) {
    throw new HeapCorruptionError(region.address, region.layer, `a region of ${region.bytes} bytes`);
  }
  if (region.state === "lost" && history === "no deaths") {
    throw new HeapCorruptionError(region.address, region.layer, `${region.bytes} bytes are lost, though no thread has died`);
  }
  const inside = region.block >= region.address && region.block < region.address + region.bytes;
  if (region.state === "live" ? !inside : region.block !== 0) {
    throw new HeapCorruptionError(region.address, region.layer, `${describe(region)} is said to hold the block at ${region.block}`);
  }
}

function describe(region: Region): string {
  return `a ${region.state} region of ${region.bytes} bytes (${region.layer})`;
}
