/**
 * What a death has cost, worked out while everybody stands still: all blocks that are live must be in a slot or a mailbox,
 * and all that is there must be live. A live block that is nowhere was in the hands of the dead; it is freed, as by a program
 * that keeps such accounts. What the heap itself calls lost stays lost.
 */
import type { Heap, Region } from "@heapwright/core";
import { census } from "../census.js";
import { demand } from "../violation.js";
import type { Control } from "./control.js";

/** In bytes. */
export interface Cost {
  /** More than before of what `walk` calls lost; less than 0 when some has been found again. */
  readonly lost: number;
  /** In blocks that were live in nobody's hands, and have been freed. */
  readonly ownerless: number;
  /** The same without the largest blocks, of which those killed may have had so many in hand. */
  readonly unexplained: number;
}

export class Reckoning {
  /** Bytes that were lost last time. */
  private lost = 0;

  constructor(
    private readonly heap: Heap,
    private readonly control: Control,
  ) {}

  /**
   * @param inHand blocks that those killed since last time may have had in no slot
   * @throws ContractViolation when a block that somebody holds is not live; HeapCorruptionError
   */
  settle(inHand: number): Cost {
    const { heap } = this;
    heap.check();
    const held = new Set(this.control.held());
    held.delete(0);
    const regions = census(heap);
    const lost = sum(regions.filter(({ state }) => state === "lost"));
    const live = regions.filter(({ state }) => state === "live");
    const ownerless = live.filter(({ block }) => !held.delete(block));
    const [missing] = held;
    demand(missing === undefined, () => `${held.size} blocks that workers hold are not live, one of them at ${missing}`);
    for (const { block } of ownerless) heap.free(block);
    ownerless.sort((a, b) => b.bytes - a.bytes);
    const cost: Cost = { lost: lost - this.lost, ownerless: sum(ownerless), unexplained: sum(ownerless.slice(inHand)) };
    this.lost = lost;
    return cost;
  }
}

function sum(regions: readonly Region[]): number {
  return regions.reduce((total, { bytes }) => total + bytes, 0);
}
