/** All cases of the contract, in the order in which a new heap best meets them. */
import { ACCOUNTING_CASES } from "./cases/accounting.js";
import { ALIGNED_CASES } from "./cases/aligned.js";
import { ATTACH_CASES } from "./cases/attach.js";
import { BEYOND_2_GIB_CASES } from "./cases/beyond-2-gib.js";
import { CALLOC_CASES } from "./cases/calloc.js";
import { CORRUPTION_CASES } from "./cases/corruption.js";
import { EXHAUSTION_CASES } from "./cases/exhaustion.js";
import { GROWTH_CASES } from "./cases/growth.js";
import { HOSTILE_ADDRESS_CASES } from "./cases/hostile-addresses.js";
import { HOSTILE_SIZE_CASES } from "./cases/hostile-sizes.js";
import { INSPECTION_CASES } from "./cases/inspection.js";
import { LEAVING_CASES } from "./cases/leaving.js";
import { PEER_CASES } from "./cases/peers.js";
import { REALLOC_CASES } from "./cases/realloc.js";
import { SIZE_CASES } from "./cases/sizes.js";
import { USABLE_SIZE_CASES } from "./cases/usable-size.js";
import { ZERO_CASES } from "./cases/zero.js";
import type { ContractCase } from "./contract-case.js";
import { SCRIPT_CASES } from "./random/script-cases.js";

export const CONTRACT_CASES: readonly ContractCase[] = [
  ...SIZE_CASES, ...ZERO_CASES, ...REALLOC_CASES, ...CALLOC_CASES, ...ALIGNED_CASES, ...USABLE_SIZE_CASES,
  ...HOSTILE_SIZE_CASES, ...HOSTILE_ADDRESS_CASES, ...EXHAUSTION_CASES, ...ACCOUNTING_CASES, ...INSPECTION_CASES, ...ATTACH_CASES,
  ...LEAVING_CASES, ...GROWTH_CASES, ...BEYOND_2_GIB_CASES, ...CORRUPTION_CASES, ...PEER_CASES, ...SCRIPT_CASES,
];
