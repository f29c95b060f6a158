import { presetContract } from "@heapwright/contract/vitest";
import { michael } from "../src/index.js";

presetContract(michael);
