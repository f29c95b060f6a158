import { presetContract } from "@heapwright/contract/vitest";
import { privateSlabs } from "./private-heap.js";

presetContract(privateSlabs, { abilities: { servesFromIdle: false } });
