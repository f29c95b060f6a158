/** Pools, queues, locks, pages and registries with one thing wrong each. */
import { ThreadRegistry, THREADS, type Memory, type Root } from "@heapwright/core";
import { BitsetPool, Queue, QUEUE, QUEUE_NODE, type QueueNodes } from "@heapwright/freelist";
import { FutexLock, SpinLock } from "@heapwright/sync";
import { Pages } from "@heapwright/pages";
import { HEAD } from "../scenarios/case.js";
import { poolScenario } from "../scenarios/lists.js";
import { guarded, lockScenario } from "../scenarios/locks.js";
import { acquireAndRelease, acquireAndUse, pageScenario } from "../scenarios/pages.js";
import { dequeueOne, dequeueThenEnqueue, enqueueOne, enqueueThenDequeue, queueScenario, type QueueMaker } from "../scenarios/queues.js";
import { allDifferent, joining, registryScenario } from "../scenarios/threads.js";
import { twinOf, type Twin } from "./twin.js";

const W = HEAD >>> 2;

/** The same memory with some accesses replaced. */
function changed(memory: Memory, change: Partial<Memory>): Memory {
  return Object.assign(Object.create(memory) as Memory, change);
}

/** Sets bits by a load and a store. */
const storingPool = (memory: Memory, index: number): BitsetPool =>
  new BitsetPool(
    changed(memory, {
      or(w, mask) {
        const before = memory.load(w);
        memory.store(w, before | mask);
        return before;
      },
    }),
    HEAD,
    2,
    index,
  );

/** Believes that a bit which was clear is its own. */
const believingPool = (memory: Memory, index: number): BitsetPool =>
  new BitsetPool(changed(memory, { or: (w, mask) => memory.or(w, mask) & ~mask }), HEAD, 2, index);

const claimOnce = (pool: BitsetPool, actor: { perform<T>(name: string, argument: unknown, work: () => T): T }): unknown =>
  actor.perform("take", undefined, () => pool.claim() + 1);

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

/** Takes a lock by a load and a store. */
class StoringLock extends SpinLock {
  override tryAcquire(): boolean {
    if (this.memory.load(W) !== 0) return false;
    this.memory.store(W, this.threadId);
    return true;
  }
}

/** Releases before what it guards is done, as far as others can tell: it was never taken. */
class SharedLock extends SpinLock {
  override tryAcquire(): boolean {
    const holder = this.memory.load(W);
    // Success makes us a holder. Failure: somebody else changed the word.
    return this.memory.cas(W, holder, this.threadId);
  }

  override release(): void {
    this.memory.store(W, 0);
  }
}

/** Wakes nobody. */
const silent = (memory: Memory, id: number): FutexLock => new FutexLock(changed(memory, { notify: () => {} }), HEAD, id);

/** Sleeps without a mark. */
class Unmarked extends FutexLock {
  protected override wait(rounds: number): boolean {
    for (let round = 0; round < rounds; round++) {
      const seen = this.memory.load(W);
      if (seen === 0 && this.tryAcquire()) return true;
      if (seen !== 0) this.memory.wait(W, seen, 1);
    }
    return this.tryAcquire();
  }
}

/** Takes the lock without the mark after it has slept, though others may be asleep. */
class DropsMark extends FutexLock {
  protected override wait(rounds: number): boolean {
    for (let round = 0; round < rounds; round++) {
      const seen = this.memory.load(W);
      if (seen === 0) {
        if (this.tryAcquire()) return true;
        continue;
      }
      const marked = seen | (1 << 31);
      // Success makes the release notify. Failure: the lock changed hands; look again.
      if (seen === marked || this.memory.cas(W, seen, marked)) this.memory.wait(W, marked, 1);
    }
    return this.tryAcquire();
  }
}

/** Pages on a memory that behaves otherwise, but for the observer's. */
const pagesOn = (change: (memory: Memory) => Partial<Memory>) => (root: Root): Pages => {
  const { memory } = root;
  const prototype = Object.getPrototypeOf(memory) as Memory;
  const { load, store, cas, or, and, add, reach } = prototype;
  const original = changed(memory, {
    load: load.bind(memory), store: store.bind(memory), cas: cas.bind(memory), or: or.bind(memory), and: and.bind(memory),
    add: add.bind(memory), reach: reach.bind(memory),
  });
  if (!root.fresh) Object.assign(memory, change(original));
  return new Pages(root);
};

/** Claims bits whatever they are. */
const greedyPages = pagesOn((memory) => ({
  cas(w, expected, value) {
    const isBitmap = expected !== value && (expected & value) === expected && (value & 1) === 1;
    if (!isBitmap) return memory.cas(w, expected, value);
    memory.or(w, value);
    return true;
  },
}));

/** Clears bits by a load and a store. */
const storingPages = pagesOn((memory) => ({
  and(w, mask) {
    const before = memory.load(w);
    memory.store(w, before & mask);
    return before;
  },
}));

/** Counts pages by a load and a store. */
const miscountingPages = pagesOn((memory) => ({
  add(w, delta) {
    const before = memory.load(w);
    memory.store(w, before + delta);
    return before;
  },
}));

/** Clears the note of a page once the page is another's. */
class NoteLast extends Pages {
  override release(address: number, bytes: number): void {
    const { clear } = this.map;
    this.map.clear = () => {};
    super.release(address, bytes);
    this.map.clear = clear;
    this.map.clear(address >>> 16, bytes >>> 16);
  }
}

/** Forgets to look whether its views reach as far as the pages. */
const shortPages = pagesOn(() => ({ reach: () => true }));

/** Gives ids by a load and a store. */
const storingIds = (memory: Memory, capacity: number): ThreadRegistry =>
  new ThreadRegistry(
    changed(memory, {
      add(w, delta) {
        const before = memory.load(w);
        memory.store(w, before + delta);
        return before;
      },
    }),
    HEAD,
    capacity,
  );

/** Takes slots by a load and a store. */
const storingSlots = (memory: Memory, capacity: number): ThreadRegistry =>
  new ThreadRegistry(
    changed(memory, {
      cas(w, expected, value) {
        if (w < W + THREADS.bytes / 4 || memory.load(w) !== expected) return false;
        memory.store(w, value);
        return true;
      },
    }),
    HEAD,
    capacity,
  );

const once = guarded(1);

export const OTHER_TWINS: readonly Twin[] = [
  twinOf("pool that sets bits by a store", "not linearizable", poolScenario("claim against claim", 2, [claimOnce, claimOnce], storingPool)),
  twinOf("pool that believes a bit was clear", "not linearizable", poolScenario("claim against claim", 2, [claimOnce, claimOnce], believingPool)),
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
  twinOf("spin lock that is taken by a store", "data race", lockScenario("two threads", (memory, id) => new StoringLock(memory, HEAD, id), [once, once])),
  twinOf("spin lock that lets everybody in", "data race", lockScenario("two threads", (memory, id) => new SharedLock(memory, HEAD, id), [once, once])),
  twinOf("futex lock that wakes nobody", "deadlock", lockScenario("two threads", silent, [once, once]), { looks: 9, timeouts: "never" }),
  twinOf("futex lock that sleeps without a mark", "deadlock", lockScenario("two threads", (memory, id) => new Unmarked(memory, HEAD, id), [once, once]), { timeouts: "never" }),
  twinOf("futex lock that drops the mark", "deadlock", lockScenario("three threads", (memory, id) => new DropsMark(memory, HEAD, id), [once, once, once]), { timeouts: "never" }),
  twinOf("spin lock, asked for progress that it does not promise", "held up", lockScenario("two threads", (memory, id) => new SpinLock(memory, HEAD, id), [once, once]), { progress: "alone" }),
  twinOf("futex lock whose dead holder nobody inherits from", "livelock", { ...lockScenario("two threads, one is killed", (memory, id) => new FutexLock(memory, HEAD, id), [once, once]), end: () => {} }, { deaths: 1, steps: 500 }),
  twinOf("page source that claims by or", "wrong in the end", pageScenario("one against two", 5, [acquireAndRelease(1), acquireAndRelease(2)], greedyPages)),
  twinOf("page source that releases by a store", "wrong in the end", pageScenario("one against two", 5, [acquireAndRelease(1), acquireAndRelease(2)], storingPages)),
  twinOf("page source that counts by a store", "wrong in the end", pageScenario("one against two", 5, [acquireAndRelease(1), acquireAndRelease(2)], miscountingPages)),
  twinOf("page source that clears notes last", "data race", pageScenario("one against two", 5, [acquireAndRelease(1), acquireAndRelease(2)], (root) => new NoteLast(root))),
  twinOf("page source that does not grow", "stale view", pageScenario("write to what was acquired", 5, [acquireAndUse, acquireAndUse], shortPages)),
  twinOf("registry that gives ids by a store", "wrong in the end", registryScenario("two threads join", 4, [joining(4, storingIds), joining(4, storingIds)], allDifferent)),
  twinOf("registry that takes slots by a store", "wrong in the end", registryScenario("two threads join", 4, [joining(4, storingSlots), joining(4, storingSlots)], allDifferent)),
];
