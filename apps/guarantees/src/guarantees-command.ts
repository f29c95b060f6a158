/**
 * From the command line to the exit code: writes the table into the README of the repository.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { SYSTEMS } from "./systems.js";
import { guaranteesSection, withSection } from "./table.js";

const USAGE = `usage: npm run guarantees -- [options]

Writes the table of guarantees into the README of the repository, from the data that tests compare with heaps.

  --help  show this

The exit code is 2 when the command line makes no sense.
`;

/** What the program has around it. */
export interface Surroundings {
  readonly out: { write(text: string): unknown };
  readonly err: { write(text: string): unknown };
  /** The README with the table. */
  readonly readme: URL;
}

/** @returns the exit code: 0 all is well, 2 the command line makes no sense, and nothing is written then */
export function guaranteesCommand(args: readonly string[], { out, err, readme }: Surroundings): number {
  const unknown = args.find((one) => one !== "--help");
  if (unknown !== undefined) {
    err.write(`there is no option ${unknown}\n\n${USAGE}`);
    return 2;
  }
  if (args.length > 0) {
    out.write(USAGE);
    return 0;
  }
  writeFileSync(readme, withSection(readFileSync(readme, "utf8"), guaranteesSection(SYSTEMS)));
  out.write(`wrote the guarantees of ${SYSTEMS.length} systems into README.md\n`);
  return 0;
}
