// Runs other programs to their end, with nothing on their standard input and with their telemetry off.
import { spawnSync } from "node:child_process";

const QUIET = { TURBO_TELEMETRY_DISABLED: "1", DO_NOT_TRACK: "1", npm_config_update_notifier: "false" };

/**
 * Runs a program whose output goes where ours goes.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {string} cwd
 * @throws when it fails
 */
export function run(program, args, cwd) {
  finish(program, args, { cwd, stdio: ["ignore", "inherit", "inherit"] });
}

/**
 * @param {string} program
 * @param {readonly string[]} args
 * @param {string} cwd
 * @returns {string} what it wrote to its standard output
 * @throws when it fails
 */
export function output(program, args, cwd) {
  return finish(program, args, { cwd, stdio: ["ignore", "pipe", "inherit"] });
}

/**
 * @param {string} program
 * @param {readonly string[]} args
 * @param {import("node:child_process").SpawnSyncOptions} options
 */
function finish(program, args, options) {
  const { status, stdout, error } = spawnSync(program, args, {
    ...options,
    encoding: "utf8",
    maxBuffer: 1 << 26,
    env: { ...process.env, ...QUIET },
  });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${program} ${args.join(" ")} ended with ${status}`);
  return String(stdout ?? "");
}
