import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { growable, HeapCorruptionError, PAGE_BYTES, type Region } from "@heapwright/core";
import { QUEUE, QUEUE_NODE } from "@heapwright/freelist";
import { KINDS } from "./memories.js";
import { queuesOn, valuesOf } from "./queue-views.js";

describe.each(KINDS)("on %s, a queue", (_kind, source) => {
  test("is empty at first", () => {
    const [{ queue }] = queuesOn(1, source());
    expect(queue.isEmpty()).toBe(true);
    expect(queue.dequeue()).toBe(0);
    expect(valuesOf(queue)).toEqual([]);
  });

  test("gives back first what was added first, from any thread", () => {
    const [a, b] = queuesOn(2, source());
    for (let i = 1; i <= 5; i++) (i % 2 ? a : b).queue.enqueue(i);
    expect(valuesOf(b.queue)).toEqual([1, 2, 3, 4, 5]);
    expect(a.queue.isEmpty()).toBe(false);
    expect([0, 0, 0, 0, 0, 0].map((_, i) => (i % 2 ? a : b).queue.dequeue())).toEqual([1, 2, 3, 4, 5, 0]);
  });

  test("does what an array does", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 2 ** 32 - 1 })), { maxLength: 60 }), (steps) => {
        const [a, b] = queuesOn(2, source());
        const model: number[] = [];
        steps.forEach((value, i) => {
          const { queue } = i % 3 ? a : b;
          if (value === 0) expect(queue.dequeue()).toBe(model.shift() ?? 0);
          else {
            expect(queue.enqueue(value)).toBe(true);
            model.push(value);
          }
          expect(valuesOf(queue)).toEqual(model);
        });
      }),
      { numRuns: 40 },
    );
  });

  test("recycles its nodes", () => {
    const [{ queue, other, nodes }] = queuesOn(1, source());
    for (let i = 1; i <= 10_000; i++) {
      queue.enqueue(i);
      other.enqueue(queue.dequeue());
      expect(other.dequeue()).toBe(i);
    }
    expect(nodes.metadataBytes()).toBe(PAGE_BYTES);
  });
});

test("queues that share nodes keep their values apart", () => {
  const [{ queue, other }] = queuesOn(1);
  for (let i = 1; i <= 100; i++) (i % 3 ? queue : other).enqueue(i);
  for (let i = 1; i <= 100; i++) expect((i % 3 ? queue : other).dequeue()).toBe(i);
});

test("values with the sign bit come back unsigned", () => {
  const [{ queue }] = queuesOn(1);
  queue.enqueue(0xfffffff0);
  expect(queue.dequeue()).toBe(0xfffffff0);
});

test("enqueue says that there is no memory, changes nothing, and serves again later", () => {
  const [{ queue, other }] = queuesOn(1, growable({ initial: 65536, maximum: 2 * PAGE_BYTES }));
  let count = 0;
  while (queue.enqueue(count + 1)) count++;
  expect(count).toBe(PAGE_BYTES / QUEUE_NODE.bytes);
  expect(other.enqueue(1)).toBe(false);
  expect(queue.dequeue()).toBe(1);
  expect(other.enqueue(7)).toBe(true);
  expect(valuesOf(queue).length).toBe(count - 1);
  expect(valuesOf(other)).toEqual([7]);
});

test("a thread with short views follows nodes beyond them", () => {
  const [a, b] = queuesOn(2, growable({ initial: 65536, maximum: 2 ** 22 }), 2 ** 20);
  for (let i = 1; i <= 5000; i++) a.queue.enqueue(i);
  expect(b.memory.end).toBe(65536);
  for (let i = 1; i <= 5000; i++) expect(b.queue.dequeue()).toBe(i);
  b.queue.enqueue(1);
  expect(a.queue.dequeue()).toBe(1);
});

test("nodes above 2 GiB serve as well", () => {
  const [a, b] = queuesOn(2, growable({ initial: 65536, maximum: 2 ** 32 }), 0x80000000 - PAGE_BYTES);
  for (let i = 1; i <= 9000; i++) (i % 2 ? a : b).queue.enqueue(i);
  expect(valuesOf(a.queue).length).toBe(9000);
  for (let i = 1; i <= 9000; i++) expect((i % 3 ? a : b).queue.dequeue()).toBe(i);
});

test("every page of nodes is reported once, as bookkeeping", () => {
  const [{ queue, nodes }] = queuesOn(1);
  for (let i = 1; i <= 5000; i++) queue.enqueue(i);
  const regions: Region[] = [];
  nodes.walk((region) => regions.push(region));
  const page: Omit<Region, "address"> = { bytes: PAGE_BYTES, state: "metadata", layer: "QueueNodes", block: 0 };
  expect(regions).toEqual([1, 2].map((index) => ({ address: index * PAGE_BYTES, ...page })));
  expect(nodes.metadataBytes()).toBe(2 * PAGE_BYTES);
  expect(nodes.owns(PAGE_BYTES + 5)).toBe(true);
  expect(nodes.owns(3 * PAGE_BYTES)).toBe(false);
});

test("a tail left behind by a thread that died is moved by the next one", () => {
  for (const survivor of ["enqueue", "dequeue"] as const) {
    const [{ memory, queue, address }] = queuesOn(1);
    const tail = (address >>> 2) + QUEUE.tail;
    const before = [memory.i32[tail], memory.i32[tail + 1]];
    queue.enqueue(1);
    // as if the thread had been killed between linking the node and moving the tail
    [memory.i32[tail], memory.i32[tail + 1]] = before;
    expect(valuesOf(queue)).toEqual([1]);
    if (survivor === "enqueue") queue.enqueue(2);
    expect(queue.dequeue()).toBe(1);
    expect(queue.dequeue()).toBe(survivor === "enqueue" ? 2 : 0);
    queue.enqueue(3);
    expect(valuesOf(queue)).toEqual([3]);
  }
});

test("a broken chain is found", () => {
  const [{ memory, queue, address }] = queuesOn(1);
  for (let i = 1; i <= 4; i++) queue.enqueue(i);
  const head = memory.i32[(address >>> 2) + QUEUE.head];
  const first = memory.i32[(head >>> 2) + QUEUE_NODE.next];
  const second = memory.i32[(first >>> 2) + QUEUE_NODE.next];
  const put = (value: number): void => void (memory.i32[(first >>> 2) + QUEUE_NODE.next] = value);
  for (const wrong of [head, 6, 2 ** 23, 0]) {
    put(wrong);
    expect(() => valuesOf(queue), String(wrong)).toThrow(HeapCorruptionError);
  }
  put(second);
  expect(valuesOf(queue)).toEqual([1, 2, 3, 4]);
});
