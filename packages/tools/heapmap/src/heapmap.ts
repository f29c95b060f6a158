/**
 * The map on a terminal: a line for each stretch of the heap with its address, a character for each page. In colours, or
 * in letters: a layer has one, capital where at least half of the page is live.
 */
import { integerIn, objectIn, oneOf, type Heap } from "@heapwright/core";
import type { HeapSnapshot } from "@heapwright/inspect";
import { bytesText, cellBytes, cellMap, headline, type Cell, type CellMap } from "./cells.js";
import { colourOf, colourOfLayer, inCube, type Rgb } from "./palette.js";
import { COLOURS, type Colours } from "./terminal.js";

export interface HeapmapOptions {
  /** Columns that may be used, 20 or more. Default 80. */
  readonly width?: number;
  /** Lines of map at most, 1 or more; where a heap has more pages than fit, one character stands for several. Default 32. */
  readonly rows?: number;
  /** Default `none`: letters, which can be read anywhere. `coloursOf(process.stdout, process.env)` knows better. */
  readonly colours?: Colours;
}

const GUTTER = 10;
const STATES = { metadata: "#", free: ".", "in hand": "?", unknown: "?" } as const;

/**
 * Draws a heap as it is now, or as it was when a snapshot was taken. From any attached thread, while others use the heap.
 * @returns lines, each ended
 * @throws RangeError for options out of range, and for what is neither a heap nor a snapshot
 */
export function heapmap(source: Heap | HeapSnapshot, options: HeapmapOptions = {}): string {
  const { width = 80, rows = 32, colours = "none" } = objectIn("options", options);
  integerIn("width", width, 20, Number.MAX_SAFE_INTEGER);
  integerIn("rows", rows, 1, Number.MAX_SAFE_INTEGER);
  oneOf("colours", colours, COLOURS);
  const columns = Math.min(64, 2 ** Math.floor(Math.log2(width - GUTTER)));
  const map = cellMap(source, columns * rows);
  const lines = headline(map).flatMap((line) => wrapped(line, width));
  for (let i = 0; i < map.cells.length; i += columns) {
    const row = map.cells.slice(i, i + columns);
    lines.push(`${row[0].address.toString(16).padStart(8, "0")}  ${drawn(row, map, colours)}`);
  }
  const { unbacked } = map.report.pages;
  if (unbacked > 0) lines.push(`${" ".repeat(GUTTER)}and ${unbacked} pages more that it may grow by`);
  lines.push(...wrapped(legend(map, colours), width));
  return `${lines.join("\n")}\n`;
}

function drawn(row: readonly Cell[], { layers }: CellMap, colours: Colours): string {
  if (colours === "none") return row.map((cell) => letterOf(cell, layers)).join("");
  return row.map((cell) => painted(" ", colourOf(cell, layers), colours)).join("");
}

function letterOf({ state, layer, occupancy }: Cell, layers: readonly string[]): string {
  if (state !== "blocks") return STATES[state];
  const letter = String.fromCharCode(97 + (layers.indexOf(layer) % 26));
  return occupancy >= 0.5 ? letter.toUpperCase() : letter;
}

function painted(text: string, colour: Rgb, colours: Colours): string {
  const code = colours === "256" ? `5;${inCube(colour)}` : `2;${colour.join(";")}`;
  return `\u001b[48;${code}m${text}\u001b[0m`;
}

function legend(map: CellMap, colours: Colours): string {
  const { layers } = map;
  const unit = `one ${colours === "none" ? "letter" : "cell"} is ${bytesText(cellBytes(map))}`;
  if (colours === "none") {
    const names = layers.map((layer, i) => `${String.fromCharCode(97 + (i % 26))} ${layer}`);
    return [...names, "capital: half or more is live", "# bookkeeping", ". free", "? in hand", unit].join("; ");
  }
  const shades = layers.map((layer, i) => `${[0, 0.5, 1].map((part) => painted(" ", colourOfLayer(i, part), colours)).join("")} ${layer}`);
  const plain = (["metadata", "free", "in hand"] as const).map((state) => {
    return `${painted(" ", colourOf({ state, layer: "", occupancy: 0 }, layers), colours)} ${state === "metadata" ? "bookkeeping" : state}`;
  });
  return [...shades, ...plain, unit].join("; ");
}

/** Broken at spaces; what colours a text takes no room. */
function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/(?<=[;,]) /)) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line !== "" && visibleLength(longer) > width) {
      lines.push(line);
      line = word;
    } else {
      line = longer;
    }
  }
  return [...lines, line];
}

function visibleLength(text: string): number {
   
  return text.replace(/\u001b\[[0-9;]*m/g, "").length;
}
