import { presetContract } from "@heapwright/contract/vitest";
import { dlmalloc } from "../src/index.js";
import { FORMS } from "./forms.js";

for (const form of FORMS) presetContract(dlmalloc, form);
