/** The map as one SVG file that needs nothing else: a square for each page, with a tooltip that says what it holds. */
import { integerIn, objectIn, type Heap } from "@heapwright/core";
import type { HeapSnapshot } from "@heapwright/inspect";
import { bytesText, cellBytes, cellMap, describePage, headline, percent, type Cell, type CellMap } from "./cells.js";
import { colourOf, colourOfLayer, type Rgb } from "./palette.js";

export interface HeapmapSvgOptions {
  /** Squares in a row, 1 to 65,536. Default 64: a row is 4 MiB where a square is a page. */
  readonly columns?: number;
  /** Squares at most, 1 or more; where a heap has more pages, a square stands for several. Default 16,384: 1 GiB. */
  readonly squares?: number;
}

/** As many as a heap of 4 GiB has. */
const PAGES = 65536;
const SIDE = 12;
const LINE = 18;
const MARGIN = 12;
const GUTTER = 76;

/** Draws a heap as it is now, or as it was when a snapshot was taken. @throws RangeError as `heapmap` does */
export function heapmapSvg(source: Heap | HeapSnapshot, options: HeapmapSvgOptions = {}): string {
  const { columns = 64, squares = 16384 } = objectIn("options", options);
  integerIn("columns", columns, 1, PAGES);
  integerIn("squares", squares, 1, Number.MAX_SAFE_INTEGER);
  const map = cellMap(source, squares);
  const texts = headline(map);
  const top = MARGIN + texts.length * LINE + 6;
  const rows = Math.ceil(map.cells.length / columns);
  const below = top + rows * SIDE + LINE;
  const entries = legend(map);
  const width = Math.max(MARGIN * 2 + GUTTER + columns * SIDE, 640);
  const height = below + entries.length * LINE + MARGIN;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="monospace" font-size="12">`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    ...texts.map((line, i) => text(MARGIN, MARGIN + (i + 1) * LINE - 6, line)),
    ...Array.from({ length: rows }, (_, row) => text(MARGIN, top + (row + 1) * SIDE - 2, map.cells[row * columns].address.toString(16).padStart(8, "0"))),
    ...map.cells.map((cell, i) => square(MARGIN + GUTTER + (i % columns) * SIDE, top + Math.floor(i / columns) * SIDE, cell, map)),
    ...entries.flatMap(({ colours, name }, i) => [
      ...colours.map((colour, k) => rectangle(MARGIN + k * SIDE, below + i * LINE, colour)),
      text(MARGIN + 4 * SIDE, below + i * LINE + 10, name),
    ]),
    "</svg>",
    "",
  ].join("\n");
}

function legend(map: CellMap): { colours: readonly Rgb[]; name: string }[] {
  const plain = (["metadata", "free", "in hand"] as const).map((state) => {
    return { colours: [colourOf({ state, layer: "", occupancy: 0 }, map.layers)], name: state === "metadata" ? "bookkeeping" : state };
  });
  const layers = map.layers.map((layer, i) => ({ colours: [0, 0.5, 1].map((part) => colourOfLayer(i, part)), name: `${layer}: all free, half live, all live` }));
  return [...layers, ...plain, { colours: [], name: `a square is ${bytesText(cellBytes(map))}` }];
}

function square(x: number, y: number, cell: Cell, map: CellMap): string {
  const { address, pages, state, layer, occupancy } = cell;
  const [page] = pages;
  const several = `0x${address.toString(16).padStart(8, "0")}: ${pages.length} pages, most of them ${state}${layer === "" ? "" : `, ${layer}`}, ${percent(occupancy)} live`;
  return `<g>${rectangle(x, y, colourOf(cell, map.layers))}<title>${escaped(pages.length === 1 ? describePage(page) : several)}</title></g>`;
}

function rectangle(x: number, y: number, colour: Rgb): string {
  const fill = `#${colour.map((part) => part.toString(16).padStart(2, "0")).join("")}`;
  return `<rect x="${x}" y="${y}" width="${SIDE - 1}" height="${SIDE - 1}" fill="${fill}"/>`;
}

function text(x: number, y: number, content: string): string {
  return `<text x="${x}" y="${y}">${escaped(content)}</text>`;
}

function escaped(content: string): string {
  return content.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
