// The explorer itself: how many schedules there are, what becomes of code that is run again, how threads sleep and die.
import { describe, expect, test } from "vitest";
import { explore, NondeterminismError, replay, type Actor, type ExploreOptions, type Scenario } from "@heapwright/model";
import type { Memory } from "@heapwright/core";

const W = 64;

/** Threads that work on the bare memory. */
function bare(threads: Scenario<Memory>["threads"], more: Partial<Scenario<Memory>> = {}): Scenario<Memory> {
  return { name: "bare", start: (memory) => memory, join: (memory) => memory, threads, ...more };
}

const adding = (times: number) => (memory: Memory): void => {
  for (let i = 0; i < times; i++) memory.add(W, 1);
};

const EVERY: ExploreOptions = { states: 0 };

describe("schedules", () => {
  test.each([[1, 1, 2], [2, 2, 6], [3, 3, 20], [4, 2, 15]])("of %i and %i steps on one word number %i", (a, b, count) => {
    expect(explore(bare([adding(a), adding(b)]), EVERY)).toMatchObject({ executions: count, pruned: 0, failure: undefined });
  });

  test("of three threads of two steps number 90", () => {
    expect(explore(bare([adding(2), adding(2), adding(2)]), EVERY).executions).toBe(90);
  });

  // two threads of three steps: the runs of one thread are cut k times in all by preemptions
  test.each([[0, 2], [1, 6], [2, 14], [3, 18], [4, 20], [5, 20]])("with %i preemptions number %i", (preemptions, count) => {
    expect(explore(bare([adding(3), adding(3)]), { ...EVERY, preemptions }).executions).toBe(count);
  });

  test("meet at either word of a pair", () => {
    const pair = (memory: Memory): boolean => memory.cas2(W, 0, 0, 1, 1);
    expect(explore(bare([pair, (memory) => memory.store(W + 1, 5)]), EVERY).executions).toBe(2);
    expect(explore(bare([(memory) => pair(memory) && pair(memory), (memory) => memory.store(W + 1, 5)]), EVERY).executions).toBe(3);
  });

  test("of plain reads are many only where races are declared", () => {
    const results = new Set<unknown>();
    const scenario = bare([(memory) => {
      memory.i32[W] = 1;
      memory.i32[W] = 2;
    }, (memory) => `${memory.i32[W]}${memory.i32[W]}`], { isRacedFor: () => true, end: (_, outcome) => void results.add(outcome.results[1]) });
    expect(explore(scenario).failure).toBeUndefined();
    expect([...results].sort()).toEqual(["00", "01", "02", "11", "12", "22"]);
  });

  test("of steps on words of their own differ in who begins", () => {
    const own = (w: number) => (memory: Memory): void => {
      for (let i = 0; i < 5; i++) memory.add(w, 1);
    };
    expect(explore(bare([own(W), own(W + 1)]), EVERY).executions).toBe(2);
  });

  test("of steps on words that nobody writes differ in who begins", () => {
    const looking = (memory: Memory): number => memory.load(W) + memory.load(W);
    expect(explore(bare([looking, looking]), EVERY).executions).toBe(2);
  });

  test("end in all values there are", () => {
    const ends = new Set<number>();
    const counting = (memory: Memory): void => memory.store(W, memory.load(W) + 1);
    const scenario = bare([counting, counting, counting], { end: (memory) => void ends.add(memory.load(W)) });
    explore(scenario, EVERY);
    expect([...ends].sort()).toEqual([1, 2, 3]);
    ends.clear();
    const merged = explore(scenario);
    expect([...ends].sort()).toEqual([1, 2, 3]);
    expect(merged.pruned).toBeGreaterThan(0);
  });
});

describe("merging of states loses nothing", () => {
  const SEEDS = Array.from({ length: 40 }, (_, i) => i);

  /** A few loads, stores, adds and compare-and-swaps on three words, by the digits of a number. */
  const script = (seed: number) => (memory: Memory): string => {
    const seen: number[] = [];
    for (let i = 0, rest = seed; i < 4; i++, rest = Math.floor(rest / 12)) {
      const w = W + (rest % 3);
      const kind = Math.floor(rest / 3) % 4;
      if (kind === 0) seen.push(memory.load(w));
      else if (kind === 1) memory.store(w, i + 1);
      else if (kind === 2) seen.push(memory.add(w, 1));
      else seen.push(Number(memory.cas(w, 0, 7)));
    }
    return seen.join();
  };

  test.each(SEEDS)("in script %i", (seed) => {
    const outcomes = (options: ExploreOptions): string[] => {
      const found = new Set<string>();
      const scenario = bare([script(seed * 7919), script(seed * 104729 + 5)], {
        end: (memory, { results }) => void found.add(`${results.join(" ")} ${[0, 1, 2].map((i) => memory.load(W + i)).join()}`),
      });
      expect(explore(scenario, options).failure).toBeUndefined();
      return [...found].sort();
    };
    expect(outcomes({})).toEqual(outcomes(EVERY));
    expect(outcomes({ preemptions: 2 })).toEqual(outcomes({ ...EVERY, preemptions: 2 }));
  });
});

describe("code that is run again", () => {
  test("finds its objects as they were", () => {
    const counter = (): { count: number; list: number[]; map: Map<string, number> } => ({ count: 0, list: [1], map: new Map() });
    const scenario: Scenario<{ memory: Memory; state: ReturnType<typeof counter> }> = {
      name: "objects",
      start: (memory) => ({ memory, state: counter() }),
      join: (memory) => ({ memory, state: counter() }),
      threads: [0, 1].map(() => ({ memory, state }) => {
        for (let i = 0; i < 3; i++) {
          memory.add(W, 1);
          state.count++;
          state.list.push(i);
          state.map.set(String(i), i);
        }
        return `${state.count} ${state.list.length} ${state.map.size}`;
      }),
      end(_, { results }) {
        if (results.some((one) => one !== "3 4 3")) throw new Error(results.join());
      },
    };
    expect(explore(scenario, EVERY)).toMatchObject({ executions: 20, failure: undefined });
  });

  test("finds its views as short as they were", () => {
    const ends = new Set<unknown>();
    const growing = (memory: Memory): number => {
      const { end } = memory;
      memory.grow(3 * 65536);
      memory.add(W, 1);
      return end;
    };
    const scenario = bare([growing, growing], { memory: { maximumBytes: 3 * 65536 }, end: (_, { results }) => results.forEach((one) => ends.add(one)) });
    explore(scenario, EVERY);
    expect([...ends]).toEqual([65536]);
  });

  test("and keeps state elsewhere is refused", () => {
    let runs = 0;
    const forgetful = (memory: Memory): void => {
      const w = W + (runs++ % 2);
      memory.add(W, 1);
      memory.add(w, 1);
      memory.add(W, 1);
    };
    expect(() => explore(bare([forgetful, adding(2)]))).toThrow(NondeterminismError);
  });

  test("has no effect while it is unwound", () => {
    const tidy = (memory: Memory): void => {
      try {
        memory.add(W, 1);
        memory.add(W, 1);
      } catch {
        memory.store(W, 100);
      } finally {
        memory.add(W, 1);
      }
    };
    const scenario = bare([tidy, tidy], {
      end(memory) {
        if (memory.load(W) !== 6) throw new Error(String(memory.load(W)));
      },
    });
    expect(explore(scenario, EVERY)).toMatchObject({ executions: 20, failure: undefined });
    expect(explore(scenario).failure).toBeUndefined();
    expect(explore(scenario, { search: "random", runs: 100 })).toMatchObject({ executions: 100, failure: undefined });
  });

  test("throws in some schedules, and those are shown", () => {
    const scenario = bare([adding(2), (memory) => {
      if (memory.load(W) === 1) throw new RangeError("halfway");
    }]);
    const { failure } = explore(scenario);
    expect(failure).toMatchObject({ kind: "thrown", schedule: "a.b", found: expect.stringContaining("RangeError: halfway") as string });
    expect(failure?.table).toMatch(/engine\.test\.ts:\d+/);
  });
});

describe("states between operations", () => {
  const both = (first: number, second: number) => (memory: Memory, actor: Actor): void => {
    actor.perform("both", undefined, () => {
      memory.add(W, first);
      memory.add(W + 1, second);
    });
  };
  const equal = (memory: Memory): void => {
    if (memory.load(W) !== memory.load(W + 1)) throw new Error(`${memory.load(W)} and ${memory.load(W + 1)}`);
  };

  test("are checked, and those inside one are not", () => {
    expect(explore(bare([both(1, 1), both(2, 2)], { quiescent: equal })).failure).toBeUndefined();
    const scenario = bare([both(1, 2), both(2, 1)], { quiescent: equal, end: equal });
    const { failure } = explore(scenario);
    expect(failure).toMatchObject({ kind: "wrong in between", schedule: "a2", found: "1 and 2" });
    expect(replay(scenario, "a2")).toMatchObject({ kind: "wrong in between" });
    expect(explore(bare([both(1, 2), both(2, 1)], { end: equal })).failure).toBeUndefined();
  });
});

describe("checks", () => {
  test("leave no trace, in the memory or in the observer's thing", () => {
    const scenario: Scenario<{ memory: Memory; checks: number }> = {
      name: "checks",
      start: (memory) => ({ memory, checks: 0 }),
      join: (memory) => ({ memory, checks: 0 }),
      threads: [({ memory }) => adding(2)(memory), ({ memory }) => adding(2)(memory)],
      quiescent: (thing) => thing.memory.store(W + 8, ++thing.checks),
      end(thing) {
        if (thing.memory.load(W + 8) !== 0 || ++thing.checks !== 1) throw new Error("there was a check before");
        thing.memory.store(W + 8, 1);
      },
    };
    expect(explore(scenario, EVERY)).toMatchObject({ executions: 6, failure: undefined });
  });
});

describe("views", () => {
  test("are as long as they were, and an access past their end is found", () => {
    const growing = (memory: Memory): void => void memory.grow(3 * 65536);
    const stale = (memory: Memory): number => memory.i32[(2 * 65536) >>> 2];
    const reaching = (memory: Memory): number => (memory.reach(2 * 65536) ? memory.i32[(2 * 65536) >>> 2] : 0);
    const sizes = { initialBytes: 65536, maximumBytes: 4 * 65536 };
    expect(explore(bare([growing, stale], { memory: sizes })).failure?.kind).toBe("stale view");
    expect(explore(bare([growing, reaching], { memory: sizes })).failure).toBeUndefined();
  });

  test("grow, and never shrink", () => {
    const growing = (bytes: number) => (memory: Memory): boolean => memory.grow(bytes);
    const scenario = bare([growing(3 * 65536), growing(2 * 65536)], {
      memory: { maximumBytes: 3 * 65536 },
      end(memory, { results }) {
        if (!memory.reach(3 * 65536 - 1) || results.includes(false)) throw new Error("the buffer is short");
      },
    });
    expect(explore(scenario)).toMatchObject({ failure: undefined });
    expect(explore(bare([growing(4 * 65536)], { end: (_, { results }) => expect(results).toEqual([false]) })).failure).toBeUndefined();
  });

  test("of all kinds are on the same words", () => {
    const scenario = bare([(memory) => {
      memory.u32[W] = 0x80000001;
      memory.u8[W * 4 + 1] = 0xab;
      memory.i16[W * 2 + 1] = -2;
      memory.f64[W / 2 + 1] = 0.1;
      memory.f32[W + 4] = 0.5;
      memory.fill(W * 4 + 21, 6, 0x11);
      memory.copy(W * 4 + 32, W * 4, 12);
      return [memory.i32[W], memory.i8[W * 4 + 3], memory.u16[W * 2], memory.f64[W / 2 + 1], memory.f32[W + 4], memory.i32[W + 5], memory.u8[W * 4 + 26], memory.i32[W + 8], ...memory.i32.slice(W, W + 2)];
    }], {
      end(_, { results }) {
        expect(results[0]).toEqual([0xfffeab01 | 0, -1, 0xab01, 0.1, 0.5, 0x11111100, 0x11, 0xfffeab01 | 0, 0xfffeab01 | 0, 0]);
      },
    });
    const { failure } = explore(scenario);
    expect(failure).toBeUndefined();
  });
});

describe("sleep", () => {
  const sleeping = (memory: Memory): void => {
    while (memory.load(W) === 0) memory.wait(W, 0, 1000);
  };

  test("ends with a notification, and a missing one is a deadlock", () => {
    const waking = (memory: Memory): void => {
      memory.store(W, 1);
      memory.notify(W, 1);
    };
    expect(explore(bare([sleeping, waking]), { timeouts: "never" })).toMatchObject({ failure: undefined });
    const silent = (memory: Memory): void => memory.store(W, 1);
    expect(explore(bare([sleeping, silent]), { timeouts: "never" }).failure?.kind).toBe("deadlock");
    expect(explore(bare([sleeping, silent])).failure).toBeUndefined();
  });

  test("does not begin when the word has changed", () => {
    const scenario = bare([(memory) => memory.wait(W, 5, 1000)]);
    expect(explore(scenario, { timeouts: "never" }).failure).toBeUndefined();
  });

  test("of those who wait for a word that nobody changes has no end", () => {
    const spinning = (memory: Memory): void => {
      while (memory.load(W) === 0) continue;
    };
    expect(explore(bare([spinning, adding(0)]), { steps: 200 }).failure?.kind).toBe("livelock");
  });
});

describe("faults", () => {
  test("a compare-and-swap fails without a reason, so often and no more", () => {
    const fails: number[] = [];
    const once = (memory: Memory): boolean[] => [0, 1].map((i) => memory.cas(W, i, i + 1));
    const scenario = bare([once], { end: (_, { results }) => void fails.push((results[0] as boolean[]).filter((one) => !one).length) });
    explore(scenario, { ...EVERY, spuriousFailures: 1 });
    expect(fails.sort()).toEqual([0, 1, 2]);
  });

  test("of three compare-and-swaps two fail at most, any of them", () => {
    const three = (memory: Memory): string => [0, 1, 2].map((i) => Number(memory.cas(W + i, 0, 1))).join("");
    const found: unknown[] = [];
    explore(bare([three], { end: (_, { results }) => void found.push(results[0]) }), { ...EVERY, spuriousFailures: 2 });
    expect(found.sort()).toEqual(["001", "010", "011", "100", "101", "110", "111"]);
  });

  test("who takes over from a dead thread does not race with it", () => {
    const writing = (memory: Memory): void => {
      for (let i = 0; i < 3; i++) memory.i32[W]++;
    };
    expect(explore(bare([writing], { rescuer: (memory) => memory.i32[W]++ }), { deaths: 1 }).failure).toBeUndefined();
    expect(explore(bare([writing, (memory) => memory.i32[W]++])).failure?.kind).toBe("data race");
  });

  test("a thread dies after each of its steps, and the rescuer knows it", () => {
    const found = new Set<string>();
    const scenario = bare([adding(3)], {
      rescuer: (memory, _, dead) => `${dead.join()} after ${memory.load(W)}`,
      end: (_, { results, dead }) => void found.add(`${dead.length} dead: ${String(results[1])}`),
    });
    explore(scenario, { deaths: 1 });
    expect([...found].sort()).toEqual(["0 dead: undefined", "1 dead: 0 after 1", "1 dead: 0 after 2"]);
  });

  test("and are part of schedules", () => {
    const scenario = bare([adding(3)], {
      end(memory, { dead }) {
        if (dead.length > 0 && memory.load(W) === 2) throw new Error("died at two");
      },
    });
    const { failure } = explore(scenario, { deaths: 1 });
    expect(failure?.schedule).toBe("a2.a!");
    expect(replay(scenario, "a2.a!", { deaths: 1 })?.found).toBe("died at two");
    expect(replay(scenario, "a3")).toBeUndefined();
  });
});
