// A composition of one's own passes what the presets pass.
import { presetContract } from "@heapwright/contract/vitest";
import { threeTiers } from "./composition.js";

// Small blocks lie in superblocks that are private to a thread.
presetContract(threeTiers, { abilities: { servesFromIdle: false } });
