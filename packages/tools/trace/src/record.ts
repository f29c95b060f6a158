/**
 * Runs a program under heaprecord (../recorder/heaprecord.c) and returns what each of its processes did. The library is
 * compiled anew for each run, which takes a fraction of a second and needs no place to keep it.
 */
import { spawn, spawnSync, type SpawnSyncReturns } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { rawCommand, rawEvents } from "./raw-recording.js";

/** Programs cannot be recorded here; the message says what is missing. */
export class RecorderUnavailableError extends Error {
  override readonly name = "RecorderUnavailableError";
}

/** What one process did, for {@link importRaw}. */
export interface RawRecording {
  /** Name of the program, without its folder. */
  readonly program: string;
  /** Its command line. */
  readonly command: readonly string[];
  readonly events: number;
  readonly bytes: Uint8Array;
}

export interface Recording {
  /** What the program ended with; -1 when a signal ended it. */
  readonly exitCode: number;
  /** By number of events, the most first. */
  readonly processes: readonly RawRecording[];
}

export interface RecordOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Whether children that are forked without an exec are recorded as processes of their own. Default `ignore`. */
  readonly forks?: "ignore" | "follow";
}

/**
 * Standard input, output and error are those of this process.
 * @param command program and arguments; the program is looked up in the path
 * @throws RecorderUnavailableError without a C compiler or when the library does not compile (Linux with glibc only)
 * @throws Error when the program cannot be started
 */
export async function recordProgram(command: readonly string[], options: RecordOptions = {}): Promise<Recording> {
  const directory = await mkdtemp(join(tmpdir(), "heaprecord-"));
  try {
    const env = options.env ?? process.env;
    const library = buildRecorder(directory, env);
    const exitCode = await run(command, options.cwd ?? process.cwd(), {
      ...env,
      LD_PRELOAD: [library, env["LD_PRELOAD"]].filter(Boolean).join(":"),
      HEAPRECORD_OUT: directory,
      HEAPRECORD_FORK: options.forks ?? "ignore",
    });
    const files = (await readdir(directory)).filter((file) => file.endsWith(".raw"));
    const processes = await Promise.all(files.map((file) => read(join(directory, file))));
    return { exitCode, processes: processes.sort((a, b) => b.events - a.events) };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/**
 * Compiles the library into `directory`.
 * @returns its path
 * @throws RecorderUnavailableError
 */
export function buildRecorder(directory: string, env: NodeJS.ProcessEnv = process.env): string {
  const script = fileURLToPath(new URL("../recorder/build.sh", import.meta.url));
  const built: SpawnSyncReturns<string> = spawnSync("/bin/sh", [script, directory], { encoding: "utf8", env });
  if (built.status !== 0) throw new RecorderUnavailableError(built.error?.message ?? built.stderr.trim());
  return built.stdout.trim();
}

function run([program, ...args]: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env, stdio: "inherit" });
    child.once("error", reject);
    child.once("exit", (code) => resolve(code ?? -1));
  });
}

async function read(file: string): Promise<RawRecording> {
  const bytes = await readFile(file);
  const command = rawCommand(bytes);
  return { program: (command[0] ?? "").replace(/^.*\//, ""), command, events: rawEvents(bytes), bytes };
}
