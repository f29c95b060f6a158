import { describe, expect, it } from "vitest";
import { PartialLists } from "../src/anchored/partial-lists.js";
import { interleave } from "./anchored-interleaving.js";

/** RemoveEmptyDesc as published: what the CAS took out of the Partial slot is retired unseen. */
class PublishedLists extends PartialLists {
  protected override settle(descriptor: number): void {
    this.pool.retire(descriptor);
  }
}

describe("anchored slabs under random interleavings", () => {
  it.each([2, 3, 4])("stay sound with %i threads on one processor heap", (threads) => {
    let interruptions = 0;
    for (let seed = 1; seed <= 60; seed++) {
      interruptions += interleave({ seed, threads, operations: 150, probability: 0.03, blocks: 5 });
    }
    expect(interruptions).toBeGreaterThan(2000);
  });

  it("stay sound with three threads on two processor heaps, many blocks, and little memory", () => {
    for (let seed = 1; seed <= 30; seed++) {
      interleave({ seed, threads: 3, operations: 150, probability: 0.02, blocks: 60 }, { heaps: 2 });
    }
  });

  it("break when empty descriptors are removed as published, so the interleavings do reach that race", () => {
    let broken = 0;
    for (let seed = 1; seed <= 60; seed++) {
      try {
        interleave({ seed, threads: 3, operations: 150, probability: 0.03, blocks: 5 }, { lists: PublishedLists });
      } catch {
        broken++;
      }
    }
    expect(broken).toBeGreaterThan(0);
  });
});
