/** Slabs with one thing wrong each. */
import type { Memory, Root } from "@heapwright/core";
import { ANCHOR, DESCRIPTOR, type AnchoredSlabs, type PrivateSlabs, PRIVATE_PAGE } from "@heapwright/slab";
import { anchored, BYTES } from "../scenarios/anchored.js";
import { both, release, take, turn, type Act } from "../scenarios/hands.js";
import { coveted, firstHas, leave, privately, SMALL, trim, unseen } from "../scenarios/private.js";
import { changed, twinOf, type Twin } from "./twin.js";

interface AnchoredParts {
  readonly heaps: { readonly memory: Memory; readonly partials: { readonly pool: { retire(descriptor: number): void } }; updateActive(descriptor: number, blocks: number): void };
}
interface PrivateParts {
  readonly ownership: {
    readonly memory: Memory;
    readonly mine: number;
    readonly units: { remove(page: number): void };
    isAbandoned(page: number): boolean;
    readonly spans: { readonly map: { noteWord(address: number): number }; release(address: number, bytes: number): void };
  };
  readonly remote: { readonly memory: Memory; follow(first: number, page: number, visit: (block: number) => void): void };
}

const partsOf = (slabs: AnchoredSlabs): AnchoredParts => slabs as unknown as AnchoredParts;
const privateParts = (slabs: PrivateSlabs): PrivateParts => slabs as unknown as PrivateParts;

/** RemoveEmptyDesc as published: what the CAS took out of the Partial slot is retired unseen. */
function published(slabs: AnchoredSlabs): void {
  const { partials } = partsOf(slabs).heaps;
  Object.assign(partials, { settle: (descriptor: number) => partials.pool.retire(descriptor) });
}

/** UpdateActive compares with whatever it finds. */
function overwriting(slabs: AnchoredSlabs): void {
  const { heaps } = partsOf(slabs);
  const { memory } = heaps;
  const update = heaps.updateActive.bind(heaps);
  heaps.updateActive = (descriptor, blocks) => {
    if (blocks === 0) return;
    const w = memory.load((descriptor >>> 2) + DESCRIPTOR.heap) >>> 2;
    // Success publishes the superblock, and forgets another one. Failure: the word has just changed.
    if (!memory.cas(w, memory.load(w), descriptor | (blocks - 1))) update(descriptor, blocks);
  };
}

/** Takes what others have freed by a load and a store. */
function forgetful(slabs: PrivateSlabs): void {
  const { remote } = privateParts(slabs);
  Object.assign(remote, {
    take(page: number, visit: (block: number) => void) {
      const { memory } = remote;
      const w = (page >>> 2) + PRIVATE_PAGE.remote;
      const first = memory.load(w);
      memory.store(w, 0);
      remote.follow(first, page, (block) => {
        memory.i32[(block >>> 2) + 1] = 0;
        visit(block);
      });
    },
  });
}

/** Sends a chain by a store. */
function overriding(slabs: PrivateSlabs): void {
  const { remote } = privateParts(slabs);
  Object.assign(remote, {
    put(page: number, head: number, tail: number) {
      const { memory } = remote;
      const w = (page >>> 2) + PRIVATE_PAGE.remote;
      memory.i32[tail >>> 2] = memory.load(w);
      memory.store(w, head);
    },
  });
}

/** Gives pages back before it clears their notes. */
function late(slabs: PrivateSlabs): void {
  const { ownership } = privateParts(slabs);
  const { memory, spans, units } = ownership;
  Object.assign(ownership, {
    release(page: number) {
      units.remove(page);
      memory.add((ownership as unknown as { sums: number }).sums, -1);
      spans.release(page, 65536);
      memory.store(spans.map.noteWord(page), 0);
    },
  });
}

/** Makes an abandoned page its own by a load and a store. */
function grasping(slabs: PrivateSlabs): void {
  const { ownership } = privateParts(slabs);
  const { memory, spans } = ownership;
  Object.assign(ownership, {
    adopt(page: number) {
      if (!memory.reach(page + 65535) || !ownership.isAbandoned(page)) return false;
      memory.store(spans.map.noteWord(page), ownership.mine);
      return true;
    },
  });
}

/** Pops leave the tag as it is. */
function uncounted(slabs: AnchoredSlabs): void {
  const { heaps } = partsOf(slabs);
  const { memory } = heaps;
  const tag = ANCHOR.tag.set(0, ANCHOR.tag.maximum);
  const cas2: Memory["cas2"] = (w, low, high, newLow) => memory.cas2(w, low, high, (newLow & ~tag) | (low & tag), high);
  Object.assign(heaps, { memory: changed(memory, { cas2 }) });
}

/** Does not list what was full. */
function unlisting(slabs: AnchoredSlabs): void {
  Object.assign(partsOf(slabs).heaps.partials, { put: () => {} });
}

/** Believes that its views reach as far as any address that it is given. */
const nearsighted = (_: unknown, { fresh, memory }: Root): void => {
  if (!fresh) Object.assign(memory, { reach: () => true });
};

const hold: Act<AnchoredSlabs> = (hands) => {
  const first = hands.allocate(BYTES);
  hands.allocate(BYTES);
  hands.free(first);
};

/** Frees the block that is there and then its own: the chain has the same front, and another second. */
const exchange: Act<AnchoredSlabs> = (hands) => {
  const own = hands.allocate(BYTES);
  release(0)(hands);
  hands.free(own);
  hands.allocate(BYTES);
};

/** What it has been given is known to be one of the slabs' blocks, to all who ask. */
const known: Act<PrivateSlabs> = (hands) => {
  if (!hands.slabs.owns(hands.allocate(SMALL))) throw new Error("the page of a block is nobody's");
};

const freed = { pages: 4, before: firstHas(SMALL, SMALL), acts: [both(trim, trim), both(release(0), trim, release(1), trim)] };
const three = { pages: 4, before: firstHas(SMALL, SMALL), acts: [trim, both(release(0), trim), both(release(1), trim)] };

export const SLAB_TWINS: readonly Twin[] = [
  twinOf("anchored slabs that remove empty descriptors as published", "wrong in the end", anchored({ name: "a superblock has another life", acts: [both(release(0), release(1)), hold], present: 2, change: published }), { preemptions: 2 }),
  twinOf("anchored slabs that overwrite Active", "wrong in the end", anchored({ name: "a superblock comes back while another is made", acts: [both(release(0), release(1), take(BYTES)), take(BYTES)], present: 3, blocks: 3, change: overwriting }), { preemptions: 2 }),
  twinOf("anchored slabs that trust their views", "stale view", anchored({ name: "two blocks of new memory", acts: [take(BYTES), take(BYTES)], present: 8, backed: 1, change: nearsighted }), { preemptions: 2 }),
  twinOf("private slabs that take what was freed by a store", "wrong in the end", privately({ name: "freed while its owner collects", ...freed, change: forgetful }), { preemptions: 2 }),
  twinOf("private slabs that send by a store", "wrong in the end", privately({ name: "two free blocks of one page", ...three, change: overriding }), { preemptions: 2 }),
  twinOf("anchored slabs whose tag stands still", "wrong in the end", anchored({ name: "a block leaves and comes back before another one", acts: [take(BYTES), exchange], present: 1, blocks: 3, change: uncounted }), { preemptions: 2 }),
  twinOf("anchored slabs that do not list what was full", "wrong in the end", anchored({ name: "two blocks of a full superblock are freed", acts: [release(0), release(1)], present: 2, change: unlisting }), { preemptions: 2 }),
  twinOf("private slabs that adopt by a store", "data race", privately({ name: "two threads want a page that was left behind", ...coveted, change: grasping }), { preemptions: 2 }),
  twinOf("private slabs whose free trusts its views", "stale view", privately({ name: "a block of new memory is freed", ...unseen, change: nearsighted }), { preemptions: 2 }),
  twinOf("private slabs that clear notes late", "thrown", privately({ name: "pages come and go", pages: 3, acts: [both(turn(SMALL), leave), known], change: late }), { preemptions: 2 }),
];
