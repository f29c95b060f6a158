export { ComposedHeap, type Composition } from "./composed-heap.js";
export { COUNTED_ROW, Counted, type Counts } from "./counted.js";
export { definePreset, type PresetDefinition, type Settings } from "./define-preset.js";
export { Fallback } from "./fallback.js";
export { Locked, type DeferredFrees } from "./locked.js";
export { Pair } from "./pair.js";
export { SizeSplit } from "./size-split.js";
export { proveTiling } from "./tiling.js";
export { Wrapper } from "./wrapper.js";
