/**
 * Entry of the main program, `npm start`, and of `npm run heapmap` and `npm run measured`, which are its first argument.
 */
import { mapCommand } from "./map-command.js";
import { measuredCommand } from "./measured-command.js";
import { replayCommand } from "./replay-command.js";

const worker = new URL("./worker.js", import.meta.url);
const args = process.argv.slice(2);
const around = { out: process.stdout, err: process.stderr, worker, folder: process.env.INIT_CWD ?? "." };

switch (args[0]) {
  case "heapmap":
    process.exitCode = mapCommand(args.slice(1), { ...around, environment: process.env });
    break;
  case "measured":
    process.exitCode = await measuredCommand(around);
    break;
  default:
    process.exitCode = await replayCommand(args, around);
}
