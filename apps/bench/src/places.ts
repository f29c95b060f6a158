/**
 * Where things are. Both from the sources and from the bundle, the folder above is apps/bench.
 */
import { fileURLToPath } from "node:url";

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Sources of the C program. */
export const NATIVE = at("../native");
export const RECORDINGS = at("../../replay/recordings");
/** What is compiled and unpacked here is named by its inputs, and so is made once. */
export const CACHE = at("../../../node_modules/.cache/heapwright-bench");
export const ROOT = at("../../..");
/** Sources of the program in the page. */
export const PAGE = at("../src/page");
export const RESULTS = at("../results");
