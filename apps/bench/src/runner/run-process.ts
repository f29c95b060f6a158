/**
 * Runs one process to its end and reads its report, whatever becomes of it.
 */
import { spawn } from "node:child_process";
import type { RunReport } from "../child/request.js";
import type { Command } from "./runner.js";

/** A report, or that there was none in time. */
export type Outcome = RunReport | { readonly outcome: "timeout"; readonly reason: string };

export async function runProcess({ program, args, environment }: Command, timeoutMilliseconds: number): Promise<Outcome> {
  const child = spawn(program, args, { env: { ...process.env, ...environment }, stdio: ["ignore", "pipe", "pipe"] });
  let [out, err] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.kill("SIGKILL");
  }, timeoutMilliseconds);
  const end = await new Promise<string>((resolve) => {
    child.on("error", (error) => resolve(error.message));
    child.on("close", (code, signal) => resolve(code === 0 ? "" : `ended with ${signal ?? `code ${code}`}`));
  });
  clearTimeout(timer);
  if (late) return tooLate(timeoutMilliseconds);
  return readReport(out, err, end);
}

export function tooLate(timeoutMilliseconds: number): Outcome {
  return { outcome: "timeout", reason: `took longer than ${timeoutMilliseconds / 1000} s` };
}

/** @param end how the process ended, if not well */
export function readReport(out: string, err: string, end: string): Outcome {
  // The dynamic linker only warns, and another allocator than the one that is named would be measured
  if (err.includes("cannot be preloaded")) return { outcome: "failed", reason: err.trim() };
  const lines = out.trim().split("\n");
  try {
    const report = JSON.parse(lines[lines.length - 1]) as RunReport;
    if (end === "" && ["measured", "cannot", "failed"].includes(report.outcome)) return report;
  } catch {
    // what it printed is no report
  }
  const said = err.trim().split("\n").slice(0, 3).join(" / ");
  return { outcome: "failed", reason: [end, said].filter((text) => text !== "").join(": ") || "printed no report" };
}
