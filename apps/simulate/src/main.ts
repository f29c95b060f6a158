/** Entry of `npm run simulate`. */
import { run } from "./run.js";

process.exitCode = run(process.argv.slice(2), { out: process.stdout, err: process.stderr, folder: process.env.INIT_CWD ?? "." });
