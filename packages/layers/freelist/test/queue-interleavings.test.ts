// Two threads on two queues that share their nodes, by every two preemptions.
import { describe, expect, test } from "vitest";
import { BufferBacking, PAGE_BYTES, ScriptMemory, type Memory } from "@heapwright/core";
import { QUEUE_NODE } from "@heapwright/freelist";
import { interleaveAll, intrude, killedAt, scripts, type Operation, type Setting } from "./interleavings.js";
import { queueViews, valuesOf, type QueueView } from "./queue-views.js";

interface Hands {
  readonly view: QueueView;
  /** Value that the thread enqueues next. */
  next: number;
}

interface ModelHands {
  readonly queue: number[];
  readonly other: number[];
  next: number;
}

type Step = Operation<Hands, ModelHands>;
type Which = "queue" | "other";

const enqueue = (which: Which): Step => ({
  name: `enqueue to ${which}`,
  real: (hands) => Number(hands.view[which].enqueue(hands.next++)),
  model: (hands) => Number(hands[which].push(hands.next++) > 0),
});
const dequeue = (which: Which): Step => ({
  name: `dequeue from ${which}`,
  real: ({ view }) => view[which].dequeue(),
  model: (hands) => hands[which].shift() ?? 0,
});

const START = [7, 8];

/** Two values in the queue, none in the other one; each setting is put back into the bytes of the first. */
function settings(memories: readonly [Memory, Memory], values = START): () => Setting<Hands, ModelHands> {
  const views = queueViews(memories);
  const [{ memory, queue, other }] = views;
  // a few nodes are idle already, so that a recycled one comes back soon
  for (const value of [1, 2, ...values]) queue.enqueue(value);
  for (let i = 0; i < 2; i++) other.enqueue(queue.dequeue());
  while (other.dequeue() !== 0) continue;
  const header = memory.u8.slice(0, 4096);
  const page = memory.u8.slice(PAGE_BYTES, PAGE_BYTES + 64 * QUEUE_NODE.bytes);
  return () => {
    intrude(memory, new Map());
    memory.u8.set(header);
    memory.u8.set(page, PAGE_BYTES);
    return {
      memory,
      first: { view: views[0], next: 100 },
      second: { view: views[1], next: 200 },
      model() {
        const shared = { queue: [...values], other: [] };
        return { first: { ...shared, next: 100 }, second: { ...shared, next: 200 } };
      },
      rest: ({ view }) => [...valuesOf(view.queue), 0, ...valuesOf(view.other)],
      restOfModel: (model) => [...model.queue, 0, ...model.other],
    };
  };
}

/** Of this kind of memory, four pages. */
function pairOf(Kind: new (backing: BufferBacking) => Memory): [Memory, Memory] {
  const backing = new BufferBacking(new SharedArrayBuffer(4 * PAGE_BYTES), 0, 4 * PAGE_BYTES);
  return [new Kind(backing), new Kind(backing)];
}

const OPERATIONS = [enqueue("queue"), dequeue("queue")];
const SCRIPTS = [...scripts(OPERATIONS, 4), ...scripts([...OPERATIONS, enqueue("other"), dequeue("other")], 3)];

describe.each([[0], [1], [2]])("on a queue of %i values", (count) => {
  test.each(OPERATIONS)("$name takes effect at one moment, whatever comes between", (operation) => {
    const { runs, wrong } = interleaveAll(settings(pairOf(ScriptMemory), START.slice(0, count)), operation, SCRIPTS);
    expect(wrong).toEqual([]);
    expect(runs).toBeGreaterThan(3000);
  });

  test.each(OPERATIONS)("a thread killed before any access of $name holds up nobody", (operation) => {
    const setting = settings(pairOf(ScriptMemory), START.slice(0, count));
    for (let at = 0, killed = true; killed; at++) {
      const { memory, first, second, rest } = setting();
      killed = killedAt(memory, at, () => operation.real(first));
      const { queue } = second.view;
      const values = valuesOf(queue);
      const added = operation === OPERATIONS[0] && values.at(-1) === 100 ? [100] : [];
      const all = [...START.slice(0, count), ...added];
      // the value that the dead thread had in hand may be gone
      expect([all, ...(operation === OPERATIONS[1] ? [all.slice(1)] : [])]).toContainEqual(values);
      expect(queue.enqueue(300)).toBe(true);
      expect([...values, 300, 0].map(() => queue.dequeue())).toEqual([...values, 300, 0]);
      expect(rest(second)).toEqual([0]);
    }
  });
});

/** Changes a pair whatever its second word is. */
class TaglessMemory extends ScriptMemory {
  override cas2(w: number, low: number, _high: number, newLow: number, newHigh: number): boolean {
    return super.cas2(w, low, this.i32[w + 1], newLow, newHigh);
  }
}

test.each(OPERATIONS)("$name goes wrong without the tags, and these tests notice", (operation) => {
  const outcomes = [0, 1, 2].map((count) => interleaveAll(settings(pairOf(TaglessMemory), START.slice(0, count)), operation, SCRIPTS));
  expect(outcomes.flatMap(({ wrong }) => wrong)).not.toEqual([]);
});
