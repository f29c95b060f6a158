// The checkers by themselves, on histories and traces made by hand: what they accept, and what they must not.
import { describe, expect, test } from "vitest";
import { bagOf, blocksOf, explore, queueOf, replay, stackOf, WordNames, type Operation, type Scenario, type Specification } from "@heapwright/model";
import { packed, struct, i32, words, type Memory } from "@heapwright/core";
import { LinearizabilityCheck } from "../src/linearizability.js";
import { formatSchedule, joinTurns, parseSchedule } from "../src/schedule.js";
import { SeenStates } from "../src/seen-states.js";

type Row = readonly [name: string, argument: unknown, result: unknown, first: number, last: number];

function complaint(specification: Specification<unknown>, ...rows: readonly Row[]): string | undefined {
  const operations: Operation[] = rows.map(([name, argument, result, first, last], thread) => ({
    name, argument, result, thread, first, last, isComplete: last !== Infinity,
  }));
  return new LinearizabilityCheck(specification).complaint(operations);
}

const stack = stackOf();
const queue = queueOf([1, 2]);
const bag = bagOf([1, 2]);
const blocks = blocksOf((bytes) => bytes);

describe("options out of range are refused by name, before anything is tried", () => {
  const scenario: Scenario<undefined> = { name: "none", rescuer: undefined, threads: [] } as never;
  test.each<[string, unknown]>([
    ["search", "foo"], ["progress", "never"], ["timeouts", "always"], ["preemptions", -1], ["preemptions", "2"], ["states", -1], ["spuriousFailures", 0.5],
    ["deaths", -1], ["runs", 0], ["runs", -1], ["seed", "q"], ["changes", Number.NaN], ["looks", 0], ["steps", Infinity],
  ])("%s: %s", (name, value) => {
    expect(() => explore(scenario, { [name]: value })).toThrow(new RegExp(`^${name} must be`));
    expect(() => replay(scenario, "", { [name]: value })).toThrow(new RegExp(`^${name} must be`));
  });
});

describe("a history is explained by an order that its times allow", () => {
  test.each<[string, Specification<unknown>, readonly Row[], boolean]>([
    ["a pop of what was pushed", stack, [["push", 1, undefined, 0, 1], ["pop", undefined, 1, 2, 3]], true],
    ["a pop before the push", stack, [["pop", undefined, 1, 0, 1], ["push", 1, undefined, 2, 3]], false],
    ["a pop beside the push", stack, [["pop", undefined, 1, 0, 2], ["push", 1, undefined, 1, 3]], true],
    ["a pop that misses what was there", stack, [["push", 1, undefined, 0, 1], ["pop", undefined, 0, 2, 3]], false],
    ["pops in the wrong order", stack, [["push", 1, undefined, 0, 1], ["push", 2, undefined, 2, 3], ["pop", undefined, 1, 4, 5]], false],
    ["pops of overlapping pushes", stack, [["push", 1, undefined, 0, 3], ["push", 2, undefined, 1, 2], ["pop", undefined, 1, 4, 5]], true],
    ["one node popped twice", stack, [["push", 1, undefined, 0, 1], ["pop", undefined, 1, 2, 5], ["pop", undefined, 1, 3, 4]], false],
    ["a push cut short, seen", stack, [["push", 1, undefined, 0, Infinity], ["pop", undefined, 1, 2, 3]], true],
    ["a push cut short, not seen", stack, [["push", 1, undefined, 0, Infinity], ["pop", undefined, 0, 2, 3]], true],
    ["a pop cut short that took one", stack, [["push", 1, undefined, 0, 1], ["pop", undefined, undefined, 2, Infinity], ["pop", undefined, 0, 3, 4]], true],
    ["the older value first", queue, [["dequeue", undefined, 1, 0, 1], ["dequeue", undefined, 2, 2, 3]], true],
    ["the younger value first", queue, [["dequeue", undefined, 2, 0, 1]], false],
    ["a refused enqueue", queue, [["enqueue", 3, false, 0, 1], ["dequeue", undefined, 1, 2, 3]], true],
    ["any item of a bag", bag, [["take", undefined, 2, 0, 1], ["take", undefined, 1, 2, 3], ["take", undefined, 0, 4, 5]], true],
    ["an item that is not there", bag, [["take", undefined, 3, 0, 1]], false],
    ["an item given twice", bag, [["give", 1, undefined, 0, 1]], false],
    ["blocks side by side", blocks, [["allocate", 16, 16, 0, 1], ["allocate", 16, 32, 2, 3]], true],
    ["blocks that overlap", blocks, [["allocate", 32, 16, 0, 1], ["allocate", 16, 32, 2, 3]], false],
    ["a block again after its free", blocks, [["allocate", 32, 16, 0, 1], ["free", 16, undefined, 2, 3], ["allocate", 16, 32, 4, 5]], true],
    ["a free of nothing", blocks, [["free", 16, undefined, 0, 1]], false],
  ])("%s", (_, specification, rows, explained) => {
    expect(complaint(specification, ...rows) === undefined).toBe(explained);
  });

  test("also when another one with the same results was explained before", () => {
    const check = new LinearizabilityCheck(stackOf());
    const history = (first: number): Operation[] => [
      { name: "push", argument: 1, result: undefined, thread: 0, first: 2, last: 3, isComplete: true },
      { name: "pop", argument: undefined, result: 1, thread: 1, first, last: first + 1, isComplete: true },
    ];
    expect(check.complaint(history(2))).toBeUndefined();
    expect(check.complaint(history(0))).toMatch(/b: pop\(\) = 1, steps 0 to 1/);
  });

  test("and an operation that the specification does not know is refused", () => {
    expect(() => complaint(stack, ["peek", undefined, 0, 0, 1])).toThrow("push and pop, not peek");
  });
});

describe("data races", () => {
  const W = 64;
  const of = (first: (memory: Memory) => unknown, second: (memory: Memory) => unknown): string | undefined => {
    const scenario: Scenario<Memory> = { name: "race", start: (memory) => memory, join: (memory) => memory, threads: [first, second] };
    return explore(scenario).failure?.kind;
  };
  const write = (memory: Memory): void => void (memory.i32[W] = 1);
  const read = (memory: Memory): number => memory.i32[W];
  const publish = (memory: Memory): void => {
    memory.i32[W] = 1;
    memory.store(W + 1, 1);
  };
  const readIfPublished = (memory: Memory): number => (memory.load(W + 1) === 1 ? memory.i32[W] : 0);

  test.each<[string, (memory: Memory) => unknown, (memory: Memory) => unknown, boolean]>([
    ["two plain writes", write, write, true],
    ["a plain write and a plain read", write, read, true],
    ["a plain write and an atomic load", write, (memory) => memory.load(W), true],
    ["a plain write and an atomic store", write, (memory) => memory.store(W, 2), true],
    ["a plain read and an atomic store", read, (memory) => memory.store(W, 2), true],
    ["a plain read and an atomic load", read, (memory) => memory.load(W), false],
    ["two plain reads", read, read, false],
    ["a plain write and a racy load", write, (memory) => memory.racyLoad(W), false],
    ["a write published by a store, and a read behind a load", publish, readIfPublished, false],
    ["a write published by a store, and a read behind a racy load", publish, (memory) => (memory.racyLoad(W + 1) === 1 ? memory.i32[W] : 0), true],
    ["a write after its publication", (memory) => {
      memory.store(W + 1, 1);
      memory.i32[W] = 1;
    }, readIfPublished, true],
    ["writes under a lock", ...[0, 1].map(() => (memory: Memory) => {
      while (!memory.cas(W + 1, 0, 1)) continue;
      memory.i32[W]++;
      memory.store(W + 1, 0);
    }) as [(memory: Memory) => unknown, (memory: Memory) => unknown], false],
    ["a write before a compare-and-swap that fails and publishes nothing", (memory) => {
      memory.i32[W] = 1;
      memory.cas(W + 1, 9, 1);
      memory.i32[W + 2] = 1;
    }, (memory) => memory.racyLoad(W + 2) === 1 && memory.load(W + 1) === 0 && memory.i32[W], true],
    ["a plain read, and an atomic store that comes later by chance", (memory) => {
      read(memory);
      memory.store(W + 1, 1);
    }, (memory) => memory.racyLoad(W + 1) === 1 && memory.store(W, 1), true],
    ["an atomic load, and a plain write that comes later by chance", (memory) => {
      memory.load(W);
      memory.store(W + 1, 1);
    }, (memory) => memory.racyLoad(W + 1) === 1 && write(memory), true],
    ["a write behind a compare-and-swap that failed to see it", publish, (memory) => {
      memory.cas(W + 1, 0, 5);
      return memory.i32[W];
    }, true],
  ])("%s", (_, first, second, races) => {
    expect(of(first, second)).toBe(races ? "data race" : undefined);
  });

  test("are shown with both stacks", () => {
    const scenario: Scenario<Memory> = { name: "race", start: (memory) => memory, join: (memory) => memory, threads: [write, read] };
    expect(explore(scenario).failure?.table.match(/checks\.test\.ts:\d+/g)?.length).toBeGreaterThanOrEqual(4);
  });
});

describe("schedules", () => {
  test("are written and read", () => {
    const text = "a12.b.a~.c3.b!";
    expect(formatSchedule(parseSchedule(text))).toBe(text);
    expect(parseSchedule("")).toEqual([]);
    for (const wrong of ["a.", "1", "a1b", "a-1", "A"]) expect(() => parseSchedule(wrong)).toThrow(RangeError);
  });

  test("are joined where neighbours are of one kind and thread", () => {
    expect(formatSchedule(joinTurns(parseSchedule("a.a2.b0.a.b~.b")))).toBe("a4.b~.b");
  });

  test("need not fit: whoever cannot go on is passed over", () => {
    const scenario: Scenario<Memory> = { name: "s", start: (memory) => memory, join: (memory) => memory, threads: [(memory) => memory.add(64, 1)], end: (memory) => {
      throw new Error(String(memory.load(64)));
    } };
    expect(replay(scenario, "b3.a9.a.c!")).toMatchObject({ schedule: "a", found: "1" });
  });
});

describe("explored histories", () => {
  const W = 64;
  const register: Specification<number> = {
    initial: 0,
    next: (state, { name, argument, result }) => (name === "set" ? [argument as number] : state === result ? [state] : []),
    key: String,
  };

  test("include those in which an operation begins late, though its first step disturbs nobody", () => {
    const scenario: Scenario<Memory> = {
      name: "a register that is read from a cache",
      start: (memory) => memory,
      join: (memory) => memory,
      threads: [
        (memory, actor) => {
          actor.perform("set", 1, () => memory.store(W, 1));
          memory.add(W + 1, 1);
        },
        (memory, actor) => {
          const cached = actor.perform("get", undefined, () => memory.load(W));
          actor.perform("get", undefined, () => {
            memory.store(W + 9, 1);
            return cached;
          });
          memory.add(W + 1, 1);
        },
      ],
      specification: register,
    };
    for (const states of [0, 1000]) expect(explore(scenario, { states }).failure?.kind).toBe("not linearizable");
  });
});

test("seen states are told apart, and kept as the table grows", () => {
  const seen = new SeenStates(50_000);
  const low = (i: number): number => Math.imul(i, 0x9e3779b1);
  for (let i = 0; i < 20_000; i++) expect(seen.visit(low(i), i % 7, 1)).toBe(false);
  for (let i = 0; i < 20_000; i++) expect(seen.visit(low(i), i % 7, 1)).toBe(true);
  expect([seen.visit(low(5), 6, 1), seen.visit(low(5), 5, 2), seen.visit(low(5), 5, 1), seen.visit(low(5), 5, 2)]).toEqual([false, false, true, true]);
  expect(seen.count).toBe(20_001);
  const few = new SeenStates(1);
  expect([few.visit(1, 1, 0), few.visit(2, 2, 0), few.visit(2, 2, 0), few.visit(1, 1, 0)]).toEqual([false, false, false, true]);
});

test("words are named by the layouts placed over them", () => {
  const STATE = packed("State", { count: 8, rest: 24 });
  const THING = struct("Thing", { first: i32("one"), list: words(2, "two") }, { align: 16 });
  const names = new WordNames();
  names.range("all", 0, 4096);
  names.place("thing", THING, 64, 2, { first: STATE });
  expect([15, 16, 17, 18, 19, 20].map((w) => names.of(w))).toEqual([
    "all[15]", "thing[0].first", "thing[0].list[0]", "thing[0].list[1]", "thing[0], padding", "thing[1].first",
  ]);
  expect(names.of(2000)).toBe("word 2000");
  expect(names.value(16, 0x105)).toBe("{count 5, rest 1}");
  expect(names.value(17, 0x105)).toBe("261");
});
