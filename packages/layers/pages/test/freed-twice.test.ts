// A block that two threads free: by the time the slower one looks again, its page may belong to another layer, in whose
// detail word a block seems to start just there.
import { PAGE_BYTES, pageNote } from "@heapwright/core";
import { expect, test } from "vitest";
import { join, steppedHeap } from "./stepped-heap.js";

const ANOTHER_LAYER = pageNote(15, 1);

test.each([
  ["free", (thread: ReturnType<typeof join>, block: number): unknown => thread.layers.large.free(block)],
  ["resize", (thread: ReturnType<typeof join>, block: number): unknown => thread.layers.large.resize(block, 8192)],
])("%s refuses it then", (_, operation) => {
  for (let at = 1, stopped = true; stopped; at++) {
    const home = steppedHeap(16);
    const slow = join(home.handle);
    const block = home.layers.large.allocate(4096);
    const { map } = home.layers.pages;
    let word = 0;
    stopped = false;
    const run = (): void => {
      slow.memory.during(() => operation(slow, block), (step) => {
        if (step > at + 1000) throw new Error("it goes on for ever");
        if (step !== at) return;
        stopped = true;
        const looks = home.memory.load(map.detailWord(block));
        home.layers.large.free(block);
        const page = home.layers.pages.acquire(PAGE_BYTES);
        if (page !== block - (block % PAGE_BYTES)) return;
        word = looks;
        home.memory.store(map.detailWord(page), looks);
        map.setNote(page, ANOTHER_LAYER);
      });
    };
    try {
      run();
    } catch (error) {
      expect(error).toMatchObject({ name: "InvalidAddressError" });
    }
    if (word !== 0) expect([map.noteAt(block), home.memory.load(map.detailWord(block))]).toEqual([ANOTHER_LAYER, word]);
  }
});
