import { presetContract } from "@heapwright/contract/vitest";
import { heapwright } from "../src/index.js";

// a page is its thread's own, until that thread finds it empty or leaves
presetContract(heapwright, { abilities: { servesFromIdle: false } });
