// The suite's own subject passes: what fails elsewhere fails for a reason.
import { presetContract } from "@heapwright/contract/vitest";
import { FIRST_FIT_ABILITIES, firstFit } from "./first-fit-preset.js";

presetContract(firstFit, { abilities: FIRST_FIT_ABILITIES });
