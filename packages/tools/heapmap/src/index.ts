export { heapmap, type HeapmapOptions } from "./heapmap.js";
export { heapmapSvg, type HeapmapSvgOptions } from "./heapmap-svg.js";
export { readSnapshot, SnapshotError } from "./read-snapshot.js";
export { coloursOf, widthOf, type Colours, type Screen } from "./terminal.js";
