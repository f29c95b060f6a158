export { heapwright } from "./heapwright.js";
/** What else one needs who installs this package alone. */
export {
  AttachError, DepartedError, HeapCorruptionError, InvalidAddressError,
  fastest, fixed, growable, wasm,
  type GrowingSizes, type Heap, type HeapHandle, type HeapOptions, type HeapStats, type Memory, type MemorySource, type Preset, type Progress,
} from "@heapwright/core";
