/**
 * The colours of both maps. A layer has a hue; the fuller a page is of live blocks, the stronger its colour. What holds no
 * blocks is grey, and violet or red where it is bookkeeping or in somebody's hands.
 */
import type { Cell } from "./cells.js";

export type Rgb = readonly [red: number, green: number, blue: number];

/** Of a full page; told apart by eyes that see no red or green as well (Okabe and Ito, 2008). */
const HUES: readonly Rgb[] = [[0, 114, 178], [230, 159, 0], [0, 158, 115], [213, 94, 0], [86, 180, 233], [204, 121, 167]];
const FREE: Rgb = [208, 208, 208];
const METADATA: Rgb = [110, 96, 140];
const IN_HAND: Rgb = [200, 40, 60];
const UNKNOWN: Rgb = [80, 80, 80];
/** How much colour a page of blocks has that are all free. */
const LEAST = 0.2;

/** @param layer its place among the layers that are shown */
export function colourOfLayer(layer: number, occupancy: number): Rgb {
  const hue = HUES[layer % HUES.length];
  const strength = LEAST + (1 - LEAST) * occupancy;
  return hue.map((part) => Math.round(255 + (part - 255) * strength)) as unknown as Rgb;
}

export function colourOf({ state, layer, occupancy }: Pick<Cell, "state" | "layer" | "occupancy">, layers: readonly string[]): Rgb {
  switch (state) {
    case "blocks":
      return colourOfLayer(layers.indexOf(layer), occupancy);
    case "metadata":
      return METADATA;
    case "free":
      return FREE;
    case "in hand":
      return IN_HAND;
    case "unknown":
      return UNKNOWN;
  }
}

/** The nearest of the 216 colours that terminals with 256 have in a cube. */
export function inCube([red, green, blue]: Rgb): number {
  const step = (part: number): number => Math.round((part / 255) * 5);
  return 16 + 36 * step(red) + 6 * step(green) + step(blue);
}
