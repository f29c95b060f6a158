// Faults that exploring has found in layers that ship, put back into them one by one: each is found again. Their stories are
// in docs/decisions/0008-what-exploring-and-killing-found.md.
import { table } from "@heapwright/sizes";
import { largestOwnedBlock, OwnedSlabs, PrivateSlabs } from "@heapwright/slab";
import { explore, replay, type ExploreOptions, type Scenario } from "@heapwright/model";
import { expect, test } from "vitest";
import { both, release, turn } from "./scenarios/hands.js";
import { firstHas, HALF as ONE, owned } from "./scenarios/owned.js";
import { slabScenario, taken } from "./scenarios/slabs.js";

interface Parts {
  readonly supply: { readonly pages: { readonly memory: { racyLoad(w: number): number; readonly i32: Int32Array }; length(first: number): number } };
}

/** Where a run of units ends was read plainly, also by who frees a block of another thread's. */
function reading(slabs: PrivateSlabs): PrivateSlabs {
  const { pages } = (slabs as unknown as Parts).supply;
  const { memory } = pages;
  const length = pages.length.bind(pages);
  pages.length = (first) => {
    memory.racyLoad = (w) => memory.i32[w];
    const units = length(first);
    Reflect.deleteProperty(memory, "racyLoad"); // what the class has shows again
    return units;
  };
  return slabs;
}

/** A check followed lists of superblocks without reaching them. */
function trusting(slabs: OwnedSlabs): OwnedSlabs {
  const { global } = slabs.pool;
  const check = slabs.check.bind(slabs);
  slabs.check = () => {
    global.reachAll = () => {};
    check();
    Reflect.deleteProperty(global, "reachAll");
  };
  return slabs;
}

const UNITS = 8200;
const units = slabScenario<PrivateSlabs>({
  name: "blocks of units are freed by another thread",
  pages: 4,
  make: (root, pages) => reading(new PrivateSlabs(root, pages)),
  before: (slabs, index) => (index === 0 ? [slabs.allocate(UNITS), slabs.allocate(UNITS)] : []),
  acts: [(hands) => hands.free(hands.allocate(UNITS)), (hands) => [0, 1].forEach((i) => hands.free(hands.given.flat()[i]))],
});

const SUPERBLOCK = { processors: 1, superblockBytes: 65536, groups: 4, slackSuperblocks: 1 };
const HALF = largestOwnedBlock(SUPERBLOCK.superblockBytes);
const unseen = slabScenario<OwnedSlabs>({
  name: "a block is freed by a thread whose views end before it",
  pages: 4,
  backed: 1,
  make: (root, pages) => trusting(new OwnedSlabs(root, pages, { ...SUPERBLOCK, sizes: table([HALF]) })),
  before: (slabs, index) => (index === 1 ? [slabs.allocate(HALF)] : []),
  acts: [(hands) => hands.free(hands.given.flat()[0]), (hands) => hands.free(hands.allocate(HALF))],
});

/** Who could not repair a heap, for want of the global lock, did not look again whether that lock's holder had come for it in vain. */
const deaf = taken(owned({
  name: "owned: three threads",
  before: firstHas(3),
  acts: [both(release(0), turn(ONE)), both(release(1), turn(ONE)), release(2)],
  change: ({ pool }) => {
    pool.global.hasCreditor = () => true;
  },
}), ONE);

test.each<[string, Scenario<never>, ExploreOptions, string]>([
  ["a plain read of what another thread writes", units as unknown as Scenario<never>, { preemptions: 3 }, "data race"],
  ["a check that trusts the views it has", unseen as unknown as Scenario<never>, { preemptions: 3, looks: 9 }, "stale view"],
  ["a heap that nobody comes back for", deaf as unknown as Scenario<never>, { looks: 9, deaths: 1, search: "priorities", runs: 2000 }, "wrong in the end"],
])("%s is found", (_fault, scenario, options, kind) => {
  const { failure } = explore(scenario, options);
  expect(failure?.kind).toBe(kind);
  expect(replay(scenario, failure?.schedule ?? "", options)?.kind).toBe(kind);
});
