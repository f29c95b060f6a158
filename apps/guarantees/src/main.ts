/**
 * Entry of `npm run guarantees`: writes the table into the README of the repository.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { SYSTEMS } from "./systems.js";
import { guaranteesSection, withSection } from "./table.js";

/** Both from the sources and from the bundle, this is the file. */
const README = new URL("../../../README.md", import.meta.url);

writeFileSync(README, withSection(readFileSync(README, "utf8"), guaranteesSection(SYSTEMS)));
console.log(`wrote the guarantees of ${SYSTEMS.length} systems into README.md`);
