/** The forms of the preset that are held to the contract. */
import type { DlmallocOptions } from "../src/index.js";

export const FORMS: readonly { readonly name?: string; readonly options?: DlmallocOptions }[] = [
  {},
  { name: "dlmalloc, four mspaces", options: { mspaces: 4, releaseCheckRate: 10 } },
  { name: "dlmalloc, footers", options: { footers: true, trimThreshold: 0, mmapThreshold: 65536 } },
];
