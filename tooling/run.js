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
 * Runs a program and keeps what it says to itself, unless it fails.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {string} cwd
 * @returns {string} what it wrote to its standard output
 * @throws when it fails
 */
export function runSilently(program, args, cwd) {
  return finish(program, args, { cwd, stdio: ["ignore", "pipe", "pipe"] });
}

/**
 * @param {string} program
 * @param {readonly string[]} args
 * @param {import("node:child_process").SpawnSyncOptions} options
 */
function finish(program, args, options) {
  const { status, signal, stdout, stderr, error } = spawnSync(program, args, {
    ...options,
    encoding: "utf8",
    maxBuffer: 1 << 26,
    env: { ...process.env, ...QUIET },
  });
  if (error !== undefined) throw error;
  if (status === 0) return String(stdout ?? "");
  const said = [stdout, stderr].filter((text) => text !== null && text !== "").join("\n");
  throw new Error(`${program} ${args.join(" ")} ended with ${status ?? signal}\n${said}`);
}
