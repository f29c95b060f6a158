/**
 * Entry of `npm run guarantees`.
 */
import { guaranteesCommand } from "./guarantees-command.js";

/** Both from the sources and from the bundle, this is the file. */
const README = new URL("../../../README.md", import.meta.url);

process.exitCode = guaranteesCommand(process.argv.slice(2), { out: process.stdout, err: process.stderr, readme: README });
