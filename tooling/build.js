// Builds all packages, in the order of their dependencies, through turbo's local cache: nothing is sent anywhere.
import { ROOT } from "./repository.js";
import { run } from "./run.js";

run("npx", ["--no-install", "turbo", "run", "build", "--output-logs=errors-only"], ROOT);
