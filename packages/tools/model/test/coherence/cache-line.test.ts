import { expect, test } from "vitest";
import { CacheLine, type LineState } from "../../src/coherence/cache-line.js";

/** Plays `r0 w1 ...` on one line of three cores. @returns what served each access, copies invalidated, and states after it */
function play(script: string): string[] {
  const line = new CacheLine(3);
  const letter = (state: LineState): string => state[0].toUpperCase();
  return script.split(" ").map(([use, core]) => {
    const source = use === "r" ? line.read(Number(core)) : line.write(Number(core));
    const states = [0, 1, 2].map((one) => letter(line.stateOf(one))).join("");
    return use === "r" ? `${source} ${states}` : `${source}-${line.invalidated} ${states}`;
  });
}

test("the first reader has the line to itself, and writes it without telling anybody", () => {
  expect(play("r0 r0 w0 w0 r0")).toEqual(["memory EII", "own EII", "own-0 MII", "own-0 MII", "own MII"]);
});

test("a second reader makes it shared, and a modified copy serves him", () => {
  expect(play("r0 r1 r2")).toEqual(["memory EII", "clean SSI", "clean SSS"]);
  expect(play("w0 r1 r2 r0")).toEqual(["memory-0 MII", "dirty SSI", "clean SSS", "own SSS"]);
});

test("a write invalidates all other copies, whether or not the writer had one", () => {
  expect(play("r0 r1 r2 w1")).toEqual(["memory EII", "clean SSI", "clean SSS", "own-2 IMI"]);
  expect(play("r0 r1 w2")).toEqual(["memory EII", "clean SSI", "clean-2 IIM"]);
  expect(play("r0 w1")).toEqual(["memory EII", "clean-1 IMI"]);
});

test("two writers pass a modified line to and fro", () => {
  expect(play("w0 w1 w0 r1 w1")).toEqual(["memory-0 MII", "dirty-1 IMI", "dirty-1 MII", "dirty SSI", "own-1 IMI"]);
});

test("whatever happens, a copy that may be written without telling is the only one", () => {
  const line = new CacheLine(4);
  for (let i = 1, x = 1; i < 5000; i++) {
    x = (Math.imul(x, 1664525) + 1013904223) >>> 0;
    if ((x >>> 30) % 2 === 0) line.read((x >>> 20) % 4);
    else line.write((x >>> 20) % 4);
    const states = [0, 1, 2, 3].map((core) => line.stateOf(core)).filter((state) => state !== "invalid");
    if (states.some((state) => state !== "shared")) expect(states).toHaveLength(1);
    else expect(states.length).toBeGreaterThan(1);
  }
});
