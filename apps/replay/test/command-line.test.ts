import { expect, test } from "vitest";
import { parseCommandLine, UsageError } from "../src/command-line.js";
import type { Contender } from "../src/presets.js";

const contenders = ["one", "two"].map((name) => ({ name }) as Contender);
const parse = (...args: string[]) => parseCommandLine(args, contenders, ["a", "b", "c"]);

test("without options everything is replayed", () => {
  expect(parse()).toEqual({ action: "replay", contenders, traces: ["a", "b", "c"], out: undefined, timeoutMilliseconds: 60_000 });
});

test("presets and traces can be chosen, and keep their order", () => {
  const { contenders: chosen, traces } = parse("--preset", "two", "--trace", "c", "--trace=a");
  expect(chosen.map(({ name }) => name)).toEqual(["two"]);
  expect(traces).toEqual(["a", "c"]);
});

test("other options", () => {
  expect(parse("--out", "x", "--timeout", "1.5")).toMatchObject({ out: "x", timeoutMilliseconds: 1500 });
  expect(parse("--help", "--list").action).toBe("help");
  expect(parse("--list").action).toBe("list");
});

test.each([
  [["--preset", "three"], "there is no preset three; there are one, two"],
  [["--trace", "x"], "there is no trace x; there are a, b, c"],
  [["--timeout", "soon"], "--timeout must be a number of seconds, not soon"],
  [["--timeout", "-1"], "--timeout"],
  [["--unknown"], "--unknown"],
  [["a"], "a"],
])("%j makes no sense", (args, message) => {
  expect(() => parse(...args)).toThrow(UsageError);
  expect(() => parse(...args)).toThrow(message);
});
