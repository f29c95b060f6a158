// Builds all packages, in the order of their dependencies, through turbo's local cache: nothing is sent anywhere.
import { ROOT } from "./repository.js";
import { run } from "./run.js";

try {
  run("npx", ["--no-install", "turbo", "run", "build", "--output-logs=errors-only"], ROOT);
} catch {
  process.exitCode = 1; // turbo has said what is wrong
}
