/**
 * Entry of the main program, `npm start`, and of `npm run heapmap`, which is its first argument.
 */
import { mapCommand } from "./map-command.js";
import { replayCommand } from "./replay-command.js";

const worker = new URL("./worker.js", import.meta.url);
const args = process.argv.slice(2);
process.exitCode = args[0] === "heapmap"
  ? mapCommand(args.slice(1), { out: process.stdout, err: process.stderr, environment: process.env })
  : await replayCommand(args, { out: process.stdout, err: process.stderr, worker });
