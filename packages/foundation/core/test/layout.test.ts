import { describe, expect, it } from "vitest";
import { diagram, i32, packed, pair, struct, words } from "../src/index.js";

describe("struct", () => {
  const NODE = struct("Node", { next: i32("link"), head: pair("changes at once"), row: words(3, "cells") }, { align: 32 });

  it("lays fields out in words, pairs on even ones, and rounds up to its alignment", () => {
    expect([NODE.next, NODE.head, NODE.row, NODE.bytes, NODE.align]).toEqual([0, 2, 4, 32, 32]);
  });

  it("refuses a size that is not the expected one, and names it uses itself", () => {
    expect(() => struct("Node", { next: i32("link") }, { bytes: 8 })).toThrow("Node takes 4 bytes, not 8");
    expect(() => struct("Node", { bytes: i32("?") })).toThrow(RangeError);
  });

  it("draws itself", () => {
    expect(diagram(NODE)).toMatchInlineSnapshot(`
      "| byte | field | type | who writes it, how, when it is stable |
      | --- | --- | --- | --- |
      | 0 | next | i32 | link |
      | 8 | head | pair | changes at once |
      | 16 | row | i32[3] | cells |
      | 28 |  | 4 bytes | padding |"
    `);
  });
});

describe("packed", () => {
  const ANCHOR = packed("Anchor", { avail: 10, count: 10, state: 2, tag: 10 });

  it("reads back every field at its extremes without touching the others", () => {
    for (const key of ["avail", "count", "state", "tag"] as const) {
      for (const start of [0, -1, 0x55555555]) {
        for (const value of [0, 1, ANCHOR[key].maximum]) {
          const word = ANCHOR[key].set(start, value);
          expect(ANCHOR[key].get(word)).toBe(value);
          for (const other of ["avail", "count", "state", "tag"] as const) {
            if (other !== key) expect(ANCHOR[other].get(word)).toBe(ANCHOR[other].get(start));
          }
        }
      }
    }
  });

  it("drops bits that do not fit", () => {
    expect(ANCHOR.state.get(ANCHOR.state.set(0, 7))).toBe(3);
  });

  it("must fill a word", () => {
    expect(() => packed("Half", { low: 16 })).toThrow("Half: widths add up to 16, not 32");
  });

  it("allows one field of 32 bits", () => {
    const ALL = packed("All", { all: 32 });
    expect(ALL.all.get(ALL.all.set(0, 0xfedcba98))).toBe(0xfedcba98);
  });

  it("draws itself", () => {
    expect(diagram(ANCHOR)).toContain("| 20-21 | state | 2 |");
  });
});
