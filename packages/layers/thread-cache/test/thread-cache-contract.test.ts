import { presetContract } from "@heapwright/contract/vitest";
import { cachedExclusive, cachedOwned } from "./cached-heap.js";

presetContract(cachedExclusive);
presetContract(cachedOwned);
