import { MEMORY_KINDS } from "@heapwright/contract";
import { presetContract } from "@heapwright/contract/vitest";
import { AddressOrdered, BinsAndTries, SizeOrdered, SpanFirstFit } from "../src/index.js";
import { coalescing } from "./presets.js";

presetContract(coalescing("tries", { fit: BinsAndTries }));

// policies and ways to serve differ in nothing that a kind of memory could matter to
const memories = MEMORY_KINDS.slice(0, 1);
presetContract(coalescing("address-ordered", { fit: AddressOrdered, keepBytes: 0 }), { memories });
presetContract(coalescing("size-ordered", { fit: SizeOrdered, serveFrom: "back" }), { memories });
presetContract(coalescing("span-first-fit", { fit: SpanFirstFit, serveFrom: "back", spanBytes: 2 ** 18 }), { memories });
