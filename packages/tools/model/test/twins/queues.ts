/** Queues with one thing wrong each. */
import type { Memory, Root } from "@heapwright/core";
import { Queue, QUEUE, QUEUE_NODE, type QueueNodes } from "@heapwright/freelist";
import { dequeueOne, dequeueThenEnqueue, enqueueOne, enqueueThenDequeue, queueScenario, type QueueMaker } from "../scenarios/queues.js";
import { changed, twinOf, type Twin } from "./twin.js";

/** A queue whose memory behaves otherwise, but for the thread that fills it. */
const queueOn = (change: (memory: Memory, head: number) => Partial<Memory>): QueueMaker => (root, address, nodes) => {
  if (root.fresh) return new Queue(root, address, nodes);
  const memory = changed(root.memory, change(root.memory, address >>> 2));
  return new Queue(changedRoot(root, memory), address, nodes);
};

function changedRoot(root: Root, memory: Memory): Root {
  return Object.create(root, { memory: { value: memory } }) as Root;
}

/** Changes a pair whatever its second word is. */
const untaggedQueue = queueOn((memory) => ({
  cas2: (w, low, _high, newLow, newHigh) => memory.cas2(w, low, memory.load(w + 1), newLow, newHigh),
}));

/** Believes that head and tail have not moved. */
const uncheckedQueue: QueueMaker = (root, address, nodes) => {
  const known = { w: 0, tag: 0 };
  const { memory } = root;
  const tags = [(address >>> 2) + QUEUE.head + 1, (address >>> 2) + QUEUE.tail + 1];
  const load = (w: number): number => {
    if (w === known.w) {
      known.w = 0;
      return known.tag;
    }
    const value = memory.load(w);
    if (tags.includes(w)) Object.assign(known, { w, tag: value });
    return value;
  };
  return Object.assign(new Queue(changedRoot(root, changed(memory, { load })), address, nodes), { known });
};

/** Reads the value once the head has moved on. */
class ValueLater extends Queue {
  constructor(
    private readonly root: Root,
    private readonly address: number,
    nodes: QueueNodes,
  ) {
    super(changedRoot(root, changed(root.memory, { racyLoad: (w) => w })), address, nodes);
  }

  override dequeue(): number {
    const w = super.dequeue();
    return w === 0 ? 0 : this.root.memory.racyLoad(w) >>> 0;
  }
}

/** Does not help a tail that was left behind, and finds the queue as it is. */
const lazyTail = queueOn((memory, head) => ({
  cas2: (w, low, high, newLow, newHigh) => w !== head + QUEUE.tail && memory.cas2(w, low, high, newLow, newHigh),
}));

/** Starts the tag of a node's successor anew whenever the node is used. */
const forgetfulNodes = queueOn((memory) => ({
  store(w, value) {
    memory.store(w, value);
    if (value === 0 && w % 4 === QUEUE_NODE.next) memory.store(w + 1, 0);
  },
}));

export const QUEUE_TWINS: readonly Twin[] = [
  twinOf("queue without tags", "not linearizable", queueScenario("dequeue against four more operations", [7, 8], [dequeueOne, (thread, actor) => {
    dequeueThenEnqueue(100)(thread, actor);
    dequeueOne(thread, actor);
    dequeueOne(thread, actor);
  }], untaggedQueue), { preemptions: 3 }),
  twinOf("queue that does not look at its ends again", "not linearizable", queueScenario("enqueue and dequeue against three", [], [enqueueThenDequeue(100), (thread, actor) => {
    enqueueThenDequeue(200)(thread, actor);
    enqueueOne(300)(thread, actor);
  }], uncheckedQueue), { preemptions: 3 }),
  twinOf("queue that reads the value too late", "not linearizable", queueScenario("dequeue against dequeue and enqueue", [7, 8], [dequeueOne, dequeueThenEnqueue(100)], (root, address, nodes) => new ValueLater(root, address, nodes))),
  twinOf("queue that helps no tail", "livelock", queueScenario("enqueue against enqueue", [], [enqueueOne(100), enqueueOne(200)], lazyTail), { steps: 500 }),
  twinOf("queue that starts tags anew", "not linearizable", queueScenario("enqueue and dequeue against five", [], [enqueueThenDequeue(100), (thread, actor) => {
    enqueueOne(200)(thread, actor);
    enqueueThenDequeue(300)(thread, actor);
    dequeueThenEnqueue(400)(thread, actor);
  }], forgetfulNodes), { preemptions: 3 }),
];
