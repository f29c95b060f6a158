import { MEMORY_KINDS } from "@heapwright/contract";
import { presetContract } from "@heapwright/contract/vitest";
import { dlmalloc } from "../src/index.js";
import { FORMS } from "./forms.js";

const [usual, ...others] = FORMS;

presetContract(dlmalloc, usual);
// the kind of memory is the business of the layers below, which all forms share
for (const form of others) presetContract(dlmalloc, { ...form, memories: MEMORY_KINDS.slice(0, 1) });
