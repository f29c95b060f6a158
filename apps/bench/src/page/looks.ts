/** How contenders look in all charts: a colour each, and a shape for what they are. */
import type { Kind, Shown } from "./page-data.js";

export type Shape = "circle" | "square" | "triangle" | "times";

export const SHAPES: Readonly<Record<Kind, Shape>> = { preset: "circle", native: "square", peer: "triangle", floor: "times" };

const FIXED: Readonly<Record<string, string>> = {
  heapwright: "#d6336c", glibc: "#1c7ed6", mimalloc: "#0ca678", jemalloc: "#5c940d", tcmalloc: "#15aabf",
  "wasm-dlmalloc": "#e8590c", "wasm-tlsf": "#f59f00", "thi.ng-malloc": "#8d5524", bump: "#868e96", "native-bump": "#343a40",
};
const OTHERS = ["#7048e8", "#ae3ec9", "#4263eb", "#f06595", "#862e9c", "#1864ab", "#087f5b", "#e67700", "#c92a2a", "#66a80f", "#748ffc", "#da77f2", "#ff8787", "#20c997", "#495057", "#b197fc"];

/** @returns the colour of each, in their order */
export function coloursOf(contenders: readonly Shown[]): string[] {
  let others = 0;
  return contenders.map(({ name }) => FIXED[name] ?? OTHERS[others++ % OTHERS.length]);
}
