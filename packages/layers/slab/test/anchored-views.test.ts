// What a thread says of blocks that lie beyond its views: the memory has been grown by another one since it last looked.
import { growable } from "@heapwright/core";
import { expect, test } from "vitest";
import { attachSlabs, formatSlabs, MIB } from "./anchored-fixture.js";

/** A block beyond the views of a second thread, which has not looked since. */
function beyond(): { first: ReturnType<typeof formatSlabs>; second: ReturnType<typeof formatSlabs>; block: number } {
  const first = formatSlabs({ source: growable({ initial: 2 ** 17, maximum: 16 * MIB }) });
  const second = attachSlabs(first.handle);
  let block = 0;
  do block = first.slabs.allocate(3000);
  while (block !== 0 && block < second.memory.end);
  expect(block).toBeGreaterThanOrEqual(second.memory.end);
  return { first, second, block };
}

test("its class is right at the first look", () => {
  const { first, second, block } = beyond();
  expect(second.slabs.classAt(block)).toBe(first.slabs.classAt(block));
});

test("its size is right at the first look", () => {
  const { first, second, block } = beyond();
  expect(second.slabs.usableSize(block)).toBe(first.slabs.usableSize(block));
});

test("it is freed at the first try, and refused at the second", () => {
  const { second, block } = beyond();
  second.slabs.free(block);
  expect(() => second.slabs.free(block)).toThrow("the block there is free");
});
