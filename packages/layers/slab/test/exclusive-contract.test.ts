import { presetContract } from "@heapwright/contract/vitest";
import { exclusive } from "./exclusive-heap.js";

// a superblock is its thread's own, until that thread finds it empty or leaves
presetContract(exclusive, { abilities: { servesFromIdle: false } });
