/**
 * Entry of the main program, `npm start`.
 */
import { replayCommand } from "./replay-command.js";

const worker = new URL("./worker.js", import.meta.url);
process.exitCode = await replayCommand(process.argv.slice(2), { out: process.stdout, err: process.stderr, worker });
