import { fixed, openMemory, type Region } from "@heapwright/core";
import { describe, expect, it } from "vitest";
import { proveTiling } from "../src/index.js";

const memory = openMemory(fixed(1024).open().handle);

function region(address: number, bytes: number, state: Region["state"] = "free", block = 0): Region {
  return { address, bytes, state, layer: "test", block };
}

function prove(regions: Region[], history: "deaths" | "no deaths" = "no deaths"): void {
  proveTiling((visit) => regions.forEach(visit), memory, history);
}

describe("regions that tile the buffer", () => {
  it("are accepted in any order", () => {
    expect(() => prove([region(512, 512), region(0, 64, "metadata"), region(64, 448, "live", 80)])).not.toThrow();
  });
});

describe("regions that do not", () => {
  it.each([
    ["a gap at the start", [region(8, 1016)], /accounted for by nobody/],
    ["a gap in between", [region(0, 500), region(512, 512)], /12 bytes are accounted for by nobody/],
    ["a gap at the end", [region(0, 1000)], /ends there and the buffer at 1024/],
    ["an overlap", [region(0, 520), region(512, 512)], /overlaps/],
    ["one region twice", [region(0, 1024), region(0, 1024)], /overlaps/],
    ["bytes beyond the buffer", [region(0, 2048)], /ends there/],
    ["an empty region", [region(0, 1024), region(5, 0)], /a region of 0 bytes/],
    ["a live region whose block lies elsewhere", [region(0, 512, "live", 600), region(512, 512)], /said to hold the block/],
    ["a free region with a block", [region(0, 1024, "free", 16)], /said to hold the block/],
  ])("are refused: %s", (_name, regions, message) => {
    expect(() => prove(regions)).toThrow(expect.objectContaining({ name: "HeapCorruptionError", message: expect.stringMatching(message) }));
  });

  it("may hold lost bytes only after a death", () => {
    expect(() => prove([region(0, 1024, "lost")])).toThrow(/no thread has died/);
    expect(() => prove([region(0, 1024, "lost")], "deaths")).not.toThrow();
  });
});
