/**
 * Blocks that are out: what a program that should have freed everything has forgotten, with who allocated it and where. Any
 * thread may ask, whoever made the blocks; while others work, those they have in hand may be missing.
 */
import { isObject, showValue, type Heap } from "@heapwright/core";
import { ComposedHeap } from "@heapwright/combine";
import { CheckedAllocator } from "./checked-allocator.js";
import { siteLines, type BlockHistory } from "./errors.js";
import type { Evidence } from "./evidence.js";

/** Live blocks that the same thread allocated at the same place. */
export interface LeakGroup {
  /** The stack of the call, a frame a line, innermost first; "" when it was not remembered. */
  readonly site: string;
  readonly thread: number;
  /** Sum of the sizes asked for. */
  readonly bytes: number;
  /** In the order of their allocation. */
  readonly blocks: readonly BlockHistory[];
}

/**
 * All live blocks of a checked heap, the group with most bytes first.
 * @throws TypeError for a heap that is not made by a `checked` preset, or by that of another copy of this package
 */
export function leaks(heap: Heap): LeakGroup[] {
  return leaksAmong(evidenceOf(heap), () => true);
}

/** What a checked heap knows. @throws TypeError */
export function evidenceOf(heap: Heap): Evidence {
  const allocator = ComposedHeap.allocatorOf(heap);
  if (allocator instanceof CheckedAllocator) return allocator.evidence;
  const what = isObject(heap) ? `a heap of preset ${showValue(heap.preset)}` : showValue(heap);
  throw new TypeError(`${what} is not checked by this copy of @heapwright/checked: make it by checked(preset)`);
}

/** The same of those blocks that `counts` says yes to. */
export function leaksAmong(evidence: Evidence, counts: (block: { readonly thread: number; readonly serial: number }) => boolean): LeakGroup[] {
  const groups = new Map<string, { site: string; thread: number; bytes: number; blocks: BlockHistory[] }>();
  evidence.forEachLive((record) => {
    if (!counts(record)) return;
    const block = evidence.historyOf(record);
    const { site, thread, size } = block;
    const key = `${thread} ${site}`;
    const group = groups.get(key) ?? { site, thread, bytes: 0, blocks: [] };
    groups.set(key, group);
    group.bytes += size;
    group.blocks.push(block);
  });
  for (const { blocks } of groups.values()) blocks.sort((a, b) => a.serial - b.serial);
  return [...groups.values()].sort((a, b) => b.bytes - a.bytes || a.blocks[0].serial - b.blocks[0].serial);
}

/** Groups as text, a few lines each. */
export function describeLeaks(groups: readonly LeakGroup[]): string {
  const total = groups.reduce((sum, { blocks }) => sum + blocks.length, 0);
  const bytes = groups.reduce((sum, group) => sum + group.bytes, 0);
  return [`${count(total)} of ${bytes} bytes in all`, ...groups.map(describeGroup)].join("\n");
}

function describeGroup({ blocks, bytes, thread, site }: LeakGroup): string {
  const [first] = blocks;
  return `  ${count(blocks.length)} of ${bytes} bytes, the first at 0x${first.address.toString(16)}, allocated by thread ${thread}${siteLines(site)}`;
}

function count(blocks: number): string {
  return blocks === 1 ? "1 live block" : `${blocks} live blocks`;
}
