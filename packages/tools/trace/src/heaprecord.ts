#!/usr/bin/env node
/**
 * The command `heaprecord`: runs a program, records its allocations, and writes the trace of one of its processes.
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { importRaw } from "./raw-recording.js";
import { recordProgram, RecorderUnavailableError, type RawRecording } from "./record.js";
import { encodeTrace } from "./trace-file.js";

const USAGE = `usage: heaprecord [options] <name>.hwtrace -- <program> [argument...]

Runs the program, records what it allocates and frees, and writes that as a trace. Of several processes it
takes the one with the most events. Linux with glibc and gcc only.

  --program NAME    take the process that ran this program
  --version TEXT    version of the program, to be noted in the trace
  --command TEXT    what to note as the command instead of the one given
  --follow-forks    also record children that are forked without an exec
  --help            show this
`;

class UsageError extends Error {}

async function main(): Promise<number> {
  const given = process.argv.slice(2);
  const end = given.indexOf("--");
  const command = end < 0 ? [] : given.slice(end + 1);
  const { values, positionals } = parse(end < 0 ? given : given.slice(0, end));
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const [target] = positionals;
  if (positionals.length !== 1 || target === undefined || command.length === 0) {
    throw new UsageError("a file for the trace, then -- and a program, must be given");
  }
  const { exitCode, processes } = await recordProgram(command, { forks: values["follow-forks"] ? "follow" : "ignore" });
  for (const { program, events } of processes) say(`${program}: ${events} events`);
  write(target, chosenOf(processes, values.program), { version: values.version ?? "", command: values.command ?? command.map(quoted).join(" ") });
  if (exitCode !== 0) say(`the program ended with code ${exitCode}`);
  return 0;
}

/** @throws Error that says what was recorded instead */
function chosenOf(processes: readonly RawRecording[], wanted: string | undefined): RawRecording {
  const chosen = processes.find(({ program }) => wanted === undefined || program === wanted);
  if (chosen !== undefined) return chosen;
  if (processes.length === 0) throw new Error("nothing was recorded: is the program static, or does it bring its own malloc?");
  const programs = new Set(processes.map(({ program }) => program));
  throw new Error(`no process ran ${wanted}; there were: ${[...programs].join(", ")}`);
}

function write(target: string, { bytes }: RawRecording, origin: { readonly version: string; readonly command: string }): void {
  const trace = importRaw(bytes, origin);
  const file = encodeTrace(trace);
  writeFileSync(target, file);
  const { events, threads, crossThreadFrees, peak } = trace.summary;
  say(
    `${target}: ${trace.origin.program}, ${events} events of ${threads} threads, ${crossThreadFrees} cross-thread frees, ` +
      `${peak.bytes} bytes at the peak, ${file.length} bytes written`,
  );
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        program: { type: "string" },
        version: { type: "string" },
        command: { type: "string" },
        "follow-forks": { type: "boolean" },
        help: { type: "boolean" },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** As one would type it. */
function quoted(argument: string): string {
  return /^[\w.,:=@%+/-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", "'\\''")}'`;
}

function say(text: string): void {
  process.stderr.write(`heaprecord: ${text}\n`); // standard output belongs to the program
}

try {
  process.exitCode = await main();
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  say(error instanceof RecorderUnavailableError ? message.replace(/^heaprecord: /, "") : message);
  if (error instanceof UsageError) process.stderr.write(`\n${USAGE}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
