/** Stacks with one thing wrong each. */
import { BoehmStack, CountedStack, DrainStack, TAGGED_STACK, TaggedStack, type Stack } from "@heapwright/freelist";
import type { Memory } from "@heapwright/core";
import { HEAD, node, pop, push } from "../scenarios/case.js";
import { drainScenario } from "../scenarios/lists.js";
import { popOne, popThenPush, popTwoPushOne, pushOne, pushThenPop, stackScenario, tagged, type StackMaker } from "../scenarios/stacks.js";
import { changed, twinOf, type Twin } from "./twin.js";

const W = HEAD >>> 2;
const TAG = 1;

/** Pops by comparing the address alone. */
class Untagged extends TaggedStack {
  override pop(): number {
    for (;;) {
      const top = this.memory.load(W) >>> 0;
      if (top === 0) return 0;
      const next = this.memory.racyLoad(top >>> 2);
      // Success is taken for ownership. Failure: somebody pushed or popped.
      if (this.memory.cas(W, top, next)) return top;
    }
  }
}

/** Has a tag of so few bits that it comes round within a scenario. */
class FewBits extends TaggedStack {
  constructor(
    memory: Memory,
    private readonly bits: number,
  ) {
    super(memory, HEAD);
  }

  override pop(): number {
    const { memory } = this;
    for (;;) {
      const tag = memory.load(W + TAG);
      const top = memory.racyLoad(W) >>> 0;
      if (top === 0) return 0;
      const next = memory.racyLoad(top >>> 2);
      // Success makes the node ours, unless the tag has come round. Failure: somebody popped, or pushed.
      if (memory.cas2(W, top, tag, next, (tag + 1) & ((1 << this.bits) - 1))) return top;
    }
  }
}

/** Reads the top before the tag. */
class TagLast extends TaggedStack {
  override pop(): number {
    const { memory } = this;
    for (;;) {
      const top = memory.racyLoad(W) >>> 0;
      if (top === 0) return 0;
      const next = memory.racyLoad(top >>> 2);
      const tag = memory.load(W + TAG);
      // Success does not mean that the link was read under this tag. Failure: somebody popped, or pushed.
      if (memory.cas2(W, top, tag, next, tag + 1)) return top;
    }
  }
}

/** Takes the node off by a store. */
class StoringPop extends TaggedStack {
  override pop(): number {
    const top = this.memory.load(W) >>> 0;
    if (top !== 0) this.memory.store(W, this.memory.racyLoad(top >>> 2));
    return top;
  }
}

/** Publishes the node before it has written its link. */
class LinkLater extends TaggedStack {
  override push(one: number): void {
    const { memory } = this;
    for (;;) {
      const top = memory.racyLoad(W);
      const tag = memory.racyLoad(W + TAG);
      // Success publishes a node that leads anywhere. Failure: another thread was quicker.
      if (memory.cas2(W, top, tag, one, tag)) {
        memory.i32[one >>> 2] = top;
        return;
      }
    }
  }
}

/** Writes the link once, from the first look at the top. */
class LinkOnce extends TaggedStack {
  override push(one: number): void {
    const { memory } = this;
    memory.i32[one >>> 2] = memory.racyLoad(W);
    for (;;) {
      const top = memory.racyLoad(W);
      const tag = memory.racyLoad(W + TAG);
      // Success publishes a link that may be an old one. Failure: another thread was quicker.
      if (memory.cas2(W, top, tag, one, tag)) return;
    }
  }
}

/** Gives up, as if there were nothing, when another thread was quicker. */
class Impatient extends TaggedStack {
  override pop(): number {
    const { memory } = this;
    const tag = memory.load(W + TAG);
    const top = memory.racyLoad(W) >>> 0;
    if (top === 0) return 0;
    // Success makes the node ours. Failure is taken for an empty stack.
    return memory.cas2(W, top, tag, memory.racyLoad(top >>> 2), tag + 1) ? top : 0;
  }
}

/** Reads the link as if the node were its own. */
class PlainLink extends TaggedStack {
  override pop(): number {
    const { memory } = this;
    for (;;) {
      const tag = memory.load(W + TAG);
      const top = memory.racyLoad(W) >>> 0;
      if (top === 0) return 0;
      const next = memory.i32[top >>> 2];
      // Success makes the node ours. Failure: somebody popped, or pushed, since the reads.
      if (memory.cas2(W, top, tag, next, tag + 1)) return top;
    }
  }
}

/** Counts by a load and a store. */
class LoosesCount extends CountedStack {
  override push(one: number): void {
    super.pushChain(one, one);
    const depth = W + TAGGED_STACK.depth;
    this.memory.store(depth, this.memory.load(depth) + 1);
  }
}

const LIST = W + 1;
const isValue = (w: number): boolean => w > LIST && w <= LIST + 4 && (w - LIST) % 2 === 1;

/** Does not list the value that it relies on. */
const unlisted: StackMaker = (memory, threadId) =>
  new BoehmStack(changed(memory, { store: (w, value) => void (isValue(w) ? 0 : memory.store(w, value)) }), HEAD, threadId);

/** Finds no value on the list, so every push uses the first variant. */
const oneVariant: StackMaker = (memory, threadId) =>
  new BoehmStack(changed(memory, { load: (w) => (isValue(w) ? 0 : memory.load(w)) }), HEAD, threadId);

/** Gives the slot back before it has cleared what it lists. */
const hasty: StackMaker = (memory, threadId) =>
  new BoehmStack(
    changed(memory, {
      store(w, value) {
        if (isValue(w) && value === 0) return;
        memory.store(w, value);
        if (isValue(w + 1) && value === 0) memory.store(w + 1, 0);
      },
    }),
    HEAD,
    threadId,
  );

/** Looks at the list before it writes the link, once. Alone that is no fault ({@link CHECKED_EARLY}). */
class ChecksEarly extends BoehmStack {
  constructor(
    private readonly words: Memory,
    threadId: number,
  ) {
    super(words, HEAD, threadId);
  }

  override push(one: number): void {
    let value = one;
    while ([LIST + 1, LIST + 3].some((w) => this.words.load(w) === value)) value++;
    for (;;) {
      const below = this.words.load(W);
      this.words.i32[one >>> 2] = below;
      // Success publishes the node, under a value that may have been listed since. Failure: another thread was quicker.
      if (this.words.cas(W, below, value)) return;
    }
  }
}

/** Beside that, does not look at the head again once the value is listed. */
const trusting: StackMaker = (memory, threadId) => {
  const known = { head: 0, isListed: false };
  const words = changed(memory, {
    load(w) {
      if (w !== W) return memory.load(w);
      if (!known.isListed) known.head = memory.load(w);
      known.isListed = false;
      return known.head;
    },
    store(w, value) {
      known.isListed = isValue(w) && value !== 0;
      memory.store(w, value);
    },
  });
  // as a field, so that it is put back when the thread is run again
  return Object.assign(new ChecksEarly(words, threadId), { known });
};

/** Pops one node off a stack that is only to be emptied. */
class PoppingDrain extends DrainStack {
  constructor(private readonly words: Memory) {
    super(words, HEAD);
  }

  override takeAll(): number {
    const taken: number[] = [];
    for (;;) {
      const top = this.words.load(W) >>> 0;
      if (top === 0) break;
      // Success is taken for ownership, as in any stack without a tag. Failure: somebody pushed or took.
      if (this.words.cas(W, top, this.words.racyLoad(top >>> 2))) taken.push(top);
    }
    taken.forEach((one, i) => (this.words.i32[one >>> 2] = taken[i + 1] ?? 0));
    return taken[0] ?? 0;
  }
}

/** Takes by a load and a store. */
class StoringDrain extends DrainStack {
  constructor(private readonly words: Memory) {
    super(words, HEAD);
  }

  override takeAll(): number {
    const top = this.words.load(W);
    this.words.store(W, 0);
    return top >>> 0;
  }
}

/** Writes the link once, from the first look at the top. */
class DrainLinksOnce extends DrainStack {
  constructor(private readonly words: Memory) {
    super(words, HEAD);
  }

  override push(one: number): void {
    this.words.i32[one >>> 2] = this.words.racyLoad(W);
    // Success publishes a link that may be an old one. Failure: another thread was quicker.
    while (!this.words.cas(W, this.words.racyLoad(W), one)) continue;
  }
}

const of = (Kind: new (memory: Memory, address: number) => Stack): StackMaker => (memory) => new Kind(memory, HEAD);
const few = (bits: number): StackMaker => (memory) => new FewBits(memory, bits);
const aba = [popOne, popTwoPushOne];

const depthIsRight = (make: StackMaker): ReturnType<typeof stackScenario> => ({
  ...stackScenario("push against push", make, [pushOne(3), pushOne(4)]),
  specification: undefined,
  end(stack) {
    if ((stack as CountedStack).depth() !== 5) throw new Error(`5 nodes, and a depth of ${(stack as CountedStack).depth()}`);
  },
});

/** Not a twin: looking at the list once, before the first attempt, is as good, since a pop looks at the head again. */
export const CHECKED_EARLY = stackScenario("Boehm: pop against pop, pop, push, the list looked at once", (memory, threadId) => new ChecksEarly(memory, threadId), aba);

export const STACK_TWINS: readonly Twin[] = [
  twinOf("tagged stack that pops without a tag", "not linearizable", stackScenario("pop against pop, pop, push", of(Untagged), aba)),
  twinOf("tagged stack whose tag has one bit", "not linearizable", stackScenario("pop against pop, pop, push", few(1), aba)),
  twinOf("tagged stack whose tag has two bits", "not linearizable", stackScenario("pop against pops and pushes", few(2), [popOne, (stack, actor) => {
    const first = pop(stack, actor);
    const second = pop(stack, actor);
    push(stack, actor, first);
    pop(stack, actor);
    push(stack, actor, second);
    pop(stack, actor);
    push(stack, actor, first);
  }]), { preemptions: 3 }),
  twinOf("tagged stack that reads the tag last", "not linearizable", stackScenario("pop against pop, pop, push", of(TagLast), aba)),
  twinOf("tagged stack that pops by a store", "not linearizable", stackScenario("push and pop, twice", of(StoringPop), [pushThenPop(3), pushThenPop(4)])),
  twinOf("tagged stack that publishes a node before its link", "data race", stackScenario("push against pop", of(LinkLater), [pushOne(3), popTwoPushOne])),
  twinOf("tagged stack that writes the link once", "not linearizable", stackScenario("push against push", of(LinkOnce), [pushOne(3), pushOne(4)])),
  twinOf("tagged stack that gives up when another thread was quicker", "not linearizable", stackScenario("pop against pop", of(Impatient), [popOne, popOne])),
  twinOf("tagged stack that reads the link plainly", "data race", stackScenario("pop against pop and push", of(PlainLink), [popOne, popThenPush])),
  twinOf("counted stack that counts by a load and a store", "wrong in the end", depthIsRight(of(LoosesCount))),
  twinOf("Boehm stack that lists nothing", "not linearizable", stackScenario("pop against pop, pop, push", unlisted, aba)),
  twinOf("Boehm stack that has one variant", "not linearizable", stackScenario("pop against pop, pop, push", oneVariant, aba)),
  twinOf("Boehm stack that looks again neither in pop nor in push", "not linearizable", stackScenario("pop against pop, pop, push", trusting, aba)),
  twinOf("Boehm stack that gives slots back too early", "not linearizable", stackScenario("pop and pop against pop, pop, push", hasty, [popOne, popTwoPushOne, popOne]), { preemptions: 4 }),
  twinOf("drain stack that pops single nodes", "wrong in the end", drainScenario("push against pops", [(stack) => [1, 2].forEach((i) => stack.push(node(i))), takeSome, (stack, actor) => {
    const taken = takeSome(stack, actor);
    for (const one of taken.splice(0, 1)) stack.push(one);
    return taken;
  }], (memory) => new PoppingDrain(memory)), { preemptions: 3 }),
  twinOf("drain stack that takes by a store", "wrong in the end", drainScenario("push and push against take all", [(stack) => stack.push(node(1)), (stack) => stack.push(node(2)), takeSome], (memory) => new StoringDrain(memory))),
  twinOf("drain stack that writes the link once", "wrong in the end", drainScenario("push and push against take all", [(stack) => stack.push(node(1)), (stack) => stack.push(node(2)), takeSome], (memory) => new DrainLinksOnce(memory))),
  twinOf("tagged stack whose node lies past the views", "stale view", {
    ...stackScenario("push of a far node", tagged, [(stack, { memory }) => {
      memory.i32[65536 >>> 2] = 1;
      stack.push(65536);
    }]),
    memory: { initialBytes: 65536, maximumBytes: 131072 },
  }),
];

function takeSome(stack: DrainStack, { memory }: { memory: Memory }): number[] {
  const taken: number[] = [];
  for (let one = stack.takeAll(); one !== 0; one = memory.i32[one >>> 2]) taken.push(one);
  return taken;
}
