import { growable, openMemory, Root } from "@heapwright/core";
import { michael } from "@heapwright/michael";
import { afterEach, describe, expect, it } from "vitest";
import { checked, leaks, type CheckOptions } from "../src/index.js";
import { SiteTable } from "../src/site-table.js";
import { callerFrames } from "../src/stack-frames.js";

const preset = checked(michael);
const limit = Error.stackTraceLimit;

afterEach(() => {
  Error.stackTraceLimit = limit;
});

function tables(bytes: number): SiteTable[] {
  const { handle, zeroFrom } = growable({ initial: 2 ** 17, maximum: 2 ** 17 }).open();
  const identity = { preset: "test", options: "", maximumThreads: 2 };
  const root = Root.format(openMemory(handle), identity, zeroFrom);
  const table = new SiteTable(root, bytes);
  root.seal();
  return [table, new SiteTable(Root.attach(openMemory(handle), identity), bytes)];
}

/** Sites of the blocks that were made by `make` in a heap with such options, in the order of allocation. */
function sitesOf(options: CheckOptions, make: (heap: ReturnType<typeof preset.create>) => void): string[] {
  const heap = preset.create({ maximumBytes: 2 ** 24, ...options });
  make(heap);
  return leaks(heap).flatMap(({ blocks }) => blocks).sort((a, b) => a.serial - b.serial).map(({ site }) => site);
}

describe("frames", () => {
  const V8 = [
    "Error",
    "    at currentStack (file:///x/checked/dist/index.js:3:9)",
    "    at CallSites.here (file:///x/checked/dist/index.js:40:17)",
    "    at CheckedAllocator.serve (file:///x/checked/dist/index.js:90:17)",
    "    at a.allocate (file:///x/checked/dist/index.js:80:17)",
    "    at ComposedHeap.malloc (file:///x/combine/dist/index.js:70:27)",
    "    at new Thing (file:///home/me/@scope/thing.js:10:5)",
    "    at async Promise.all (index 0)",
    "    at Object.run [as go] (file:///home/me/main.js:20:3)",
    "    at file:///home/me/main.js:30:1",
  ].join("\n");

  it("of V8 are the caller's, without ours", () => {
    expect(callerFrames(V8).split("\n")).toEqual([
      "new Thing (file:///home/me/@scope/thing.js:10:5)",
      "Promise.all (index 0)",
      "Object.run [as go] (file:///home/me/main.js:20:3)",
      "file:///home/me/main.js:30:1",
    ]);
  });

  it("of SpiderMonkey and JavaScriptCore look the same", () => {
    const spider = ["currentStack@http://x/checked.js:3:9", "here@http://x/checked.js:1:1", "free@http://x/checked.js:1:1", "free@http://x/combine.js:1:1", "Thing/run@http://me/@scope/thing.js:10:5", "@http://me/main.js:30:1", ""];
    expect(callerFrames(spider.join("\n")).split("\n")).toEqual(["Thing/run (http://me/@scope/thing.js:10:5)", "http://me/main.js:30:1"]);
    // calls in tail position have left no frames
    const safari = ["here@http://x/checked.js:1:1", "malloc@http://x/combine.js:1:1", "run@http://me/thing.js:10:5", "global code@http://me/main.js:30:1", "[native code]"];
    expect(callerFrames(safari.join("\n")).split("\n")).toEqual(["run (http://me/thing.js:10:5)", "global code (http://me/main.js:30:1)"]);
  });

  it("are eight at most, and what there is when there are only ours", () => {
    const many = [V8, ...Array.from({ length: 20 }, (_, i) => `    at f${i} (x.js:${i}:1)`)].join("\n");
    expect(callerFrames(many).split("\n").length).toBe(8);
    expect(callerFrames("Error\n    at here (x.js:1:1)\n    at free (x.js:2:1)")).toBe("here (x.js:1:1)\nfree (x.js:2:1)");
    expect(callerFrames("")).toBe("");
    expect(callerFrames("no frames\nat all")).toBe("");
  });
});

describe("call sites of a heap", () => {
  it("are where the user called, whichever call it was, and as deep as they were", () => {
    const sites = sitesOf({}, (heap) => {
      const kept = heap.malloc(1);
      heap.calloc(1, 2);
      heap.alignedAlloc(64, 3);
      heap.realloc(0, 4);
      heap.realloc(kept, 60_000);
      heap.realloc(heap.malloc(100), 90);
    });
    const lines = sites.map((site) => Number(/sites\.test\.ts:(\d+)/.exec(site.split("\n")[0])?.[1]));
    const [first] = lines;
    expect(lines).toEqual([first, first + 1, first + 2, first + 3, first + 4].map((line) => line));
  });

  it("are the same text for the same place, seen from another attachment", () => {
    const heap = preset.create({ maximumBytes: 2 ** 24 });
    const other = preset.attach(heap.handle);
    for (let i = 0; i < 50; i++) (i % 2 === 0 ? heap : other).malloc(10);
    const groups = leaks(other);
    expect(groups.map(({ thread, blocks }) => [thread, blocks.length])).toEqual([[heap.threadId, 25], [other.threadId, 25]]);
    expect(groups[0].site).toBe(groups[1].site);
    expect(groups[0].site).toContain("sites.test.ts");
  });

  it("are all of them, one of so many, or none", () => {
    const ten = (heap: ReturnType<typeof preset.create>): void => {
      for (let i = 0; i < 10; i++) heap.malloc(i);
    };
    const known = (options: CheckOptions): boolean[] => sitesOf(options, ten).map((site) => site !== "");
    expect(known({ sites: "full" })).toEqual(new Array(10).fill(true));
    expect(known({ sites: "off" })).toEqual(new Array(10).fill(false));
    expect(known({ sites: "sampled", siteSample: 4 })).toEqual([true, false, false, false, true, false, false, false, true, false]);
    expect(known({ sites: "full", siteBytes: 0 })).toEqual(new Array(10).fill(false));
  });

  it("leave the engine's limit of frames as it was, and are deeper than that", () => {
    for (const own of [0, 3, 10, 200]) {
      Error.stackTraceLimit = own;
      const [site] = sitesOf({}, (heap) => void heap.malloc(1));
      expect(Error.stackTraceLimit).toBe(own);
      expect(site.split("\n").length).toBe(8);
    }
    Reflect.deleteProperty(Error, "stackTraceLimit");
    expect(sitesOf({}, (heap) => void heap.malloc(1))).toEqual([""]);
    expect("stackTraceLimit" in Error).toBe(false);
  });

  it("are missing where a program makes something else of stacks", () => {
    const { prepareStackTrace } = Error;
    try {
      Error.prepareStackTrace = (_error, frames) => frames;
      expect(sitesOf({}, (heap) => void heap.malloc(1))).toEqual([""]);
    } finally {
      if (prepareStackTrace === undefined) Reflect.deleteProperty(Error, "prepareStackTrace");
      else Error.prepareStackTrace = prepareStackTrace;
    }
  });
});

describe("a table of sites", () => {
  it("gives a text one number, in every thread, and the text back", () => {
    const [one, two] = tables(2 ** 14);
    const texts = ["", "a", "ab\ncd", "ünï → 中文 😀", "x".repeat(1001)];
    const numbers = texts.map((text) => one.intern(text));
    expect(new Set(numbers).size).toBe(texts.length);
    expect(texts.map((text) => two.intern(text))).toEqual(numbers);
    expect(numbers.map((number) => two.textOf(number))).toEqual(texts);
  });

  it("answers 0 when it is full, and still knows what it has", () => {
    const [one, two] = tables(2 ** 12);
    const numbers = Array.from({ length: 200 }, (_, i) => one.intern(`text number ${i}`));
    const stored = numbers.indexOf(0);
    expect(stored).toBeGreaterThan(30);
    expect(numbers.slice(0, stored).map((number) => two.textOf(number))).toEqual(Array.from({ length: stored }, (_, i) => `text number ${i}`));
    expect(two.intern("text number 3")).toBe(numbers[3]);
    expect(two.intern("y".repeat(5000))).toBe(0);
    expect(tables(0)[0].intern("x")).toBe(0);
  });

  it("knows no text of a number that it has not given", () => {
    const [table] = tables(2 ** 12);
    table.intern("something");
    for (const site of [0, -1, 2 ** 31 - 1, -(2 ** 31), 1000, 1024, 1025]) expect(table.textOf(site)).toBe("");
  });

  it("stores a text once when two threads store it at the same moment", () => {
    const { handle, zeroFrom } = growable({ initial: 2 ** 17, maximum: 2 ** 17 }).open();
    const identity = { preset: "test", options: "", maximumThreads: 2 };
    const root = Root.format(openMemory(handle), identity, zeroFrom);
    const one = new SiteTable(root, 2 ** 12);
    root.seal();
    const two = new SiteTable(Root.attach(openMemory(handle), identity), 2 ** 12);
    const { memory } = root;
    const cas = memory.cas.bind(memory);
    let other = 0;
    let calls = 0;
    memory.cas = (...args) => {
      // the second one publishes
      if (++calls === 2) other = two.intern("the same");
      return cas(...args);
    };
    expect(one.intern("the same")).toBe(other);
    expect(other).toBeGreaterThan(0);
  });
});
