// A composition of one's own passes what the presets pass.
import { presetContract } from "@heapwright/contract/vitest";
import { threeTiers } from "./composition.js";

presetContract(threeTiers);
