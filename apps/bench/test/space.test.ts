// Space, on heaps whose blowup is known because they are made for it.
import { expect, test } from "vitest";
import type { JsContender } from "../src/contenders/contender.js";
import { jsContenderNamed } from "../src/contenders/in-javascript.js";
import type { Arena } from "../src/workloads/arena.js";
import { CIRCLE, measureHandOvers, measureManyBlocks } from "../src/space/measure-space.js";

/** Threads with a list each. What a thread frees goes to its own list, or to that of the block's maker. */
function lists(frees: "to its own list" | "to the maker's list" | "to one list for all"): JsContender {
  const makers = new Map<number, number>();
  let [top, free] = [64, [] as number[][]];
  const join = (_: unknown, thread: number): { arena: Arena; leave(): void } => {
    free[thread] ??= [];
    const place = (): number => (frees === "to one list for all" ? 0 : thread);
    const arena: Arena = {
      memory: { u8: new Uint8Array(), i32: new Int32Array(), end: 2 ** 32, reach: () => true },
      malloc(bytes) {
        const block = free[place()].pop() ?? (top += bytes) - bytes;
        makers.set(block, place());
        return block;
      },
      free: (block) => void free[frees === "to its own list" ? thread : (makers.get(block) ?? 0)].push(block),
      calloc: () => 0, realloc: () => 0, alignedAlloc: () => 0,
    };
    return { arena, leave: () => {} };
  };
  return {
    name: frees, kind: "preset", maximumThreads: CIRCLE, keepsContents: true, join,
    async open() {
      [top, free] = [64, []];
      makers.clear();
      return { arena: join(undefined, 0).arena, handle: undefined, mappedBytes: () => top, close: () => {} };
    },
  };
}

test("private lists grow with every round, lists of makers with every thread, one list does not grow", async () => {
  expect(await measureHandOvers(lists("to its own list"))).toMatchObject({ few: expect.closeTo(4, 1) as number, many: expect.closeTo(32, 1) as number });
  expect(await measureHandOvers(lists("to the maker's list"))).toEqual({ few: expect.closeTo(1), many: expect.closeTo(1), alone: expect.closeTo(1), circle: expect.closeTo(CIRCLE) });
  const one = await measureHandOvers(lists("to one list for all"));
  for (const ratio of Object.values(one)) expect(ratio).toBeCloseTo(1);
});

test("of a million blocks is told what they take, and what keeping books of them takes", async () => {
  expect(measureManyBlocks(await lists("to its own list").open(undefined))).toEqual({ liveBytes: 16e6, takenBytes: 16e6 + 64 });
  const { metadataBytes = NaN, takenBytes, liveBytes } = measureManyBlocks(await jsContenderNamed("heapwright").open(undefined));
  expect(takenBytes).toBeGreaterThanOrEqual(liveBytes + metadataBytes / 2);
  expect(metadataBytes / liveBytes).toBeLessThan(0.1);
});
