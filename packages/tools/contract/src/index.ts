export { census, liveBlocks } from "./census.js";
export { Context, DEFAULT_SETTINGS, type ContractSettings, type HeapSizes } from "./context.js";
export { casesOf, type ContractCase } from "./contract-case.js";
export { CONTRACT_CASES } from "./contract-cases.js";
export { Ledger, type Holding } from "./ledger.js";
export { MEMORY_KINDS, type MemoryKind, type TestMemory } from "./memory-kinds.js";
export { runCase, runContract, type Failure, type Report } from "./run-contract.js";
export { FULL_ABILITIES, subjectsOf, type Abilities, type Subject, type SubjectOptions } from "./subject.js";
export { ContractViolation } from "./violation.js";
