import { PAGE_BYTES } from "@heapwright/core";
import { snapshot, type HeapSnapshot, type PageState, type PageSummary } from "@heapwright/inspect";
import { describe, expect, it } from "vitest";
import { heapmap, heapmapSvg, type HeapmapOptions, type HeapmapSvgOptions } from "../src/index.js";
import { smallHeap } from "./heaps.js";

/** Pages of the states given, in the report of a heap that has none of them. */
function drawnUp(states: readonly (PageState | Partial<PageSummary>)[]): HeapSnapshot {
  const plain = { layer: "", blockBytes: 0, liveBlocks: 0, liveBytes: 0, freeBytes: 0 };
  const pages = states.map((state, i) => ({ address: i * PAGE_BYTES, state: "blocks" as const, ...plain, ...(typeof state === "string" ? { state } : state) }));
  return { report: snapshot(smallHeap()).report, pages };
}

const linesOf = (map: string): string[] => map.split("\n").filter((line) => /^[0-9a-f]{8} /.test(line));

describe("heapmap", () => {
  it("draws in letters what it was and is to be", async () => {
    await expect(heapmap(smallHeap())).toMatchFileSnapshot("small-heap.txt");
  });

  it("draws in colours of 24 bits, or out of 256", async () => {
    await expect(heapmap(smallHeap(), { colours: "truecolour" })).toMatchFileSnapshot("small-heap.truecolour.txt");
    await expect(heapmap(smallHeap(), { colours: "256" })).toMatchFileSnapshot("small-heap.256.txt");
  });

  it("draws the same of a heap, of its snapshot, and of what is left of that behind JSON", () => {
    const heap = smallHeap();
    const seen = snapshot(heap);
    expect(heapmap(seen)).toBe(heapmap(heap));
    expect(heapmap(JSON.parse(JSON.stringify(seen)) as HeapSnapshot)).toBe(heapmap(heap));
    expect(heapmapSvg(seen)).toBe(heapmapSvg(heap));
  });

  it("has a letter for every state, and for each layer small and capital ones", () => {
    const slab = { layer: "slab", liveBytes: 40, freeBytes: 60 };
    const cells = drawnUp(["metadata", "free", "in hand", "unknown", slab, { ...slab, liveBytes: 60 }, { layer: "another", liveBytes: 1 }]);
    expect(linesOf(heapmap(cells))).toEqual(["00000000  #.??bBA"]);
  });

  it.each([[80, 64], [74, 64], [73, 32], [41, 16], [20, 8]])("fits %i columns with %i letters", (width, letters) => {
    const map = heapmap(drawnUp(Array.from({ length: 200 }, () => "free" as const)), { width, rows: 100 });
    expect(linesOf(map)[0].length).toBe(10 + letters);
    expect(Math.max(...map.split("\n").map((line) => line.length))).toBeLessThanOrEqual(Math.max(width, 47));
  });

  it("shows several pages by one letter where there is no room, and by what most of them are", () => {
    const pages: PageState[] = [...Array.from({ length: 100 }, () => "free" as const), ...Array.from({ length: 28 }, () => "metadata" as const)];
    const map = heapmap(drawnUp(pages), { width: 20, rows: 4 });
    expect(linesOf(map)).toEqual(["00000000  ........", "00200000  ........", "00400000  ........", "00600000  .#######"]);
    expect(map).toContain("one letter is 256 KiB");
  });

  it.each([[null, "null"], [undefined, "undefined"], [7, "7"], [{}, "a value of type object"]])("draws nothing of %s", (value, shown) => {
    const source = value as HeapSnapshot;
    for (const draw of [heapmap, heapmapSvg]) {
      expect(() => draw(source)).toThrow(new RangeError(`a map is drawn of a heap or of a snapshot of one, not of ${shown}`));
    }
  });

  it("refuses room for nothing", () => {
    expect(() => heapmap(smallHeap(), { width: 19 })).toThrow(RangeError);
    expect(() => heapmap(smallHeap(), { rows: 0 })).toThrow(RangeError);
    expect(() => heapmapSvg(smallHeap(), { columns: 0 })).toThrow(RangeError);
    expect(() => heapmapSvg(smallHeap(), { squares: Number.NaN })).toThrow(RangeError);
  });

  it.each<[string, unknown]>([
    ["half a column", { columns: 1.5, width: 20.5 }], ["columns without end", { columns: Infinity, width: Infinity }], ["text for a number", { squares: "16", rows: "16" }],
    ["null for a number", { columns: null, rows: null }], ["what has no number", { columns: Symbol("many"), width: 64n }], ["null", null], ["a number", 5],
  ])("refuses %s", (_, options) => {
    expect(() => heapmap(smallHeap(), options as HeapmapOptions)).toThrow(RangeError);
    expect(() => heapmapSvg(smallHeap(), options as HeapmapSvgOptions)).toThrow(RangeError);
  });

  it("refuses colours that are none", () => {
    expect(() => heapmap(smallHeap(), { colours: "many" } as unknown as HeapmapOptions)).toThrow(new RangeError('colours must be one of none, 256, truecolour, not "many"'));
  });
});

describe("heapmapSvg", () => {
  it("draws what it was and is to be", async () => {
    await expect(heapmapSvg(smallHeap())).toMatchFileSnapshot("small-heap.svg");
  });

  it("has a square with a tooltip for each page, and nothing from elsewhere", () => {
    const heap = smallHeap();
    const svg = heapmapSvg(heap);
    expect(svg.match(/<title>/g)?.length).toBe(heap.memory.end / PAGE_BYTES);
    expect(svg.replace('xmlns="http://www.w3.org/2000/svg"', "")).not.toMatch(/href|http|url\(/);
  });

  it("escapes names, and shows several pages by one square where there are too many", () => {
    const pages = Array.from({ length: 10 }, () => ({ layer: "a<b>&c", liveBytes: 1 }));
    const svg = heapmapSvg(drawnUp(pages), { squares: 5, columns: 5 });
    expect(svg).toContain("0x00000000: 2 pages, most of them blocks, a&lt;b&gt;&amp;c, 100 % live");
    expect(svg.match(/<title>/g)?.length).toBe(5);
  });
});
