/**
 * Who takes part: every contender that was asked for with the command that runs it, or the reason why it cannot take part here.
 */
import { fileURLToPath } from "node:url";
import type { Contender } from "../contenders/contender.js";
import { JS_CONTENDERS, WASM_DLMALLOC, WASM_TLSF } from "../contenders/in-javascript.js";
import { findLibrary, NATIVE_CONTENDERS, type NativeContender } from "../contenders/native.js";
import type { RunRequest } from "../child/request.js";
import { clockOf } from "./plan.js";
import type { Command, Runner, Task } from "./runner.js";
import { buildNative, buildWasmDlmalloc, buildWasmTlsf, NotInstalledError, versionOfPackage } from "./build.js";

export interface Absentee {
  readonly contender: string;
  readonly reason: string;
}

/** The bundles of the processes of JavaScript contenders. */
export interface ChildBundles {
  /** child/main.ts */
  readonly child: URL;
  /** child/worker.ts */
  readonly worker: URL;
  /** space/main.ts */
  readonly space: URL;
}

/** Every contender there is, in the order in which they are shown: ours, native ones, those of others, floors. */
export const ALL_CONTENDERS: readonly Contender[] = (["preset", "native", "peer", "floor"] as const).flatMap((kind) =>
  [...JS_CONTENDERS, ...NATIVE_CONTENDERS].filter((contender) => contender.kind === kind),
);

export function lineUp(contenders: readonly Contender[], bundles: ChildBundles): { readonly runners: Runner[]; readonly absentees: Absentee[] } {
  const runners: Runner[] = [];
  const absentees: Absentee[] = [];
  for (const contender of contenders) {
    try {
      const native = NATIVE_CONTENDERS.find(({ name }) => name === contender.name);
      runners.push({ contender, ...(native === undefined ? inJavaScript(contender, bundles) : { command: inC(native) }) });
    } catch (error) {
      if (!(error instanceof NotInstalledError)) throw error;
      absentees.push({ contender: contender.name, reason: error.message });
    }
  }
  return { runners, absentees };
}

function inC({ variant, preload }: NativeContender): Runner["command"] {
  const program = buildNative(variant);
  const library = preload && findLibrary(preload.library);
  if (preload !== undefined && library === undefined) throw new NotInstalledError(`${preload.debianPackage} is not installed`);
  const environment: Record<string, string> = library === undefined ? {} : { LD_PRELOAD: library };
  return ({ workload, threads, parameters, clock, trace }) => {
    const name = trace === undefined ? workload : "play-trace";
    const numbers = Object.entries({ ...clock, ...parameters }).map(([key, value]) => `${key}=${value}`);
    return { program, args: [name, String(threads), trace ?? "-", ...numbers], environment };
  };
}

function inJavaScript({ name, kind }: Contender, { child, worker, space }: ChildBundles): Omit<Runner, "contender"> {
  const module = moduleOf(name);
  const node = (file: URL, ...args: string[]): Command => ({ program: process.execPath, args: [fileURLToPath(file), ...args], environment: {} });
  const request = (task: Task): RunRequest => ({ ...task, clock: clockOf(kind, task.clock, task.threads), contender: name, worker: worker.href, ...(module === undefined ? {} : { module }) });
  return {
    command: (task) => node(child, JSON.stringify(request(task))),
    standing: { command: node(child), request },
    space: node(space, name, ...(module === undefined ? [] : [module])),
  };
}

function moduleOf(contender: string): string | undefined {
  if (contender === WASM_DLMALLOC) return buildWasmDlmalloc();
  if (contender === WASM_TLSF) return buildWasmTlsf();
  if (contender === "thi.ng-malloc" && versionOfPackage("@thi.ng/malloc") === undefined) throw new NotInstalledError("@thi.ng/malloc is not installed (npm ci)");
  return undefined;
}
