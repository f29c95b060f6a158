// Runs other programs to their end, with nothing on their standard input and with their telemetry off.
import { execFile, spawnSync } from "node:child_process";
import { promisify } from "node:util";

const MOST_OUTPUT = 1 << 26;
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
 * As {@link runSilently}, beside others.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {string} cwd
 * @returns {Promise<void>} rejected when it fails, with what it wrote to its standard output and error
 */
export async function runBeside(program, args, cwd) {
  try {
    const running = promisify(execFile)(program, args, { cwd, maxBuffer: MOST_OUTPUT, env: environment() });
    running.child.stdin?.end();
    await running;
  } catch (error) {
    const { code, signal, stdout, stderr } = /** @type {import("node:child_process").ExecFileException} */ (error);
    throw failure(program, args, code ?? signal, stdout, stderr);
  }
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
    maxBuffer: MOST_OUTPUT,
    env: environment(),
  });
  if (error !== undefined) throw error;
  if (status === 0) return String(stdout ?? "");
  throw failure(program, args, status ?? signal, stdout, stderr);
}

function environment() {
  return { ...process.env, ...QUIET };
}

/**
 * @param {string} program
 * @param {readonly string[]} args
 * @param {unknown} end
 * @param {...unknown} outputs
 */
function failure(program, args, end, ...outputs) {
  const said = outputs.filter((text) => typeof text === "string" && text !== "").join("\n");
  return new Error(`${program} ${args.join(" ")} ended with ${end}\n${said}`);
}
