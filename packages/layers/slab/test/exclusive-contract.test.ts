import { presetContract } from "@heapwright/contract/vitest";
import { exclusive } from "./exclusive-heap.js";

presetContract(exclusive);
