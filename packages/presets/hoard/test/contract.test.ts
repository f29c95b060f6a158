import { presetContract } from "@heapwright/contract/vitest";
import { hoard } from "../src/index.js";

presetContract(hoard);
presetContract(hoard, { name: "hoard, one processor, large superblocks", options: { processors: 1, superblockBytes: 65536, slackSuperblocks: 1 } });
