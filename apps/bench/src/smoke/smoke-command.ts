/**
 * `npm run bench:smoke`: fails when heapwright has become much slower, by glibc's allocator or, where there is no gcc, by the floor.
 * With `--record` it writes down how they compare now. It looks a second time before it fails.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { GLIBC } from "../contenders/native.js";
import { ALL_CONTENDERS, lineUp, type ChildBundles } from "../runner/line-up.js";
import type { Runner } from "../runner/runner.js";
import { runProcess } from "../runner/run-process.js";
import { unpackRecording } from "../runner/build.js";
import { WORKLOADS } from "../workloads/all.js";
import { judge, type Ratios } from "./judge.js";
import { look, SMOKE_WORKLOADS, type Play } from "./look.js";

interface Around {
  readonly out: { write(text: string): unknown };
  readonly bundles: ChildBundles;
  /** Where the recorded ratios are. */
  readonly file: string;
  /** Instead of running processes, for tests. */
  readonly play?: Play;
}

const OURS = "heapwright";
/** The first that is there is compared with. */
const REFERENCES = [GLIBC, "bump"];
const TIMEOUT = 20_000;

/** @returns the exit code: 1 when it has become slower, 2 when the command line makes no sense */
export async function smokeCommand(args: readonly string[], { out, bundles, file, play = playProcess }: Around): Promise<number> {
  if (args.length > 1 || (args.length === 1 && args[0] !== "--record")) {
    out.write("usage: npm run bench:smoke [-- --record]\n");
    return 2;
  }
  const { runners } = lineUp(ALL_CONTENDERS.filter(({ name }) => [OURS, ...REFERENCES].includes(name)), bundles);
  const named = (name: string): Runner | undefined => runners.find(({ contender }) => contender.name === name);
  const ours = named(OURS);
  const references = REFERENCES.map(named).filter((runner) => runner !== undefined);
  if (ours === undefined) throw new Error(`${OURS} is not there`);
  const workloads = WORKLOADS.filter(({ name }) => name in SMOKE_WORKLOADS);
  const compare = (reference: Runner): Promise<Ratios> => look(ours, reference, workloads, play);
  if (args[0] === "--record") {
    const recorded: Record<string, Ratios> = readRecorded(file);
    for (const reference of references) recorded[reference.contender.name] = rounded(await compare(reference));
    writeFileSync(file, `${JSON.stringify(recorded, null, 2)}\n`);
    out.write(`wrote ${file}\n`);
    return 0;
  }
  const [reference] = references;
  const { name } = reference.contender;
  const recorded = readRecorded(file)[name] ?? {};
  const looks = [await compare(reference)];
  if (judge(recorded, looks).worse === "yes") {
    out.write("heapwright seems to be slower than it was; looking again\n");
    looks.push(await compare(reference));
  }
  const { worse, lines } = judge(recorded, looks);
  out.write(`${`time by ${name}'s`.padEnd(20)}     now  recorded   change\n${lines.map((one) => `${one}\n`).join("")}`);
  if (worse === "yes") out.write("heapwright has become slower. If that is meant, record it: npm run bench:smoke -- --record\n");
  return worse === "yes" ? 1 : 0;
}

const playProcess: Play = (runner, workload, clock) => {
  const trace = workload.recording === undefined ? {} : { trace: unpackRecording(workload.recording) };
  return runProcess(runner.command({ workload: workload.name, threads: 1, parameters: { ...workload.parameters, ...SMOKE_WORKLOADS[workload.name] }, clock, ...trace }), TIMEOUT);
};

function readRecorded(file: string): Record<string, Ratios> {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Record<string, Ratios>;
  } catch {
    return {};
  }
}

function rounded(ratios: Ratios): Ratios {
  return Object.fromEntries(Object.entries(ratios).map(([name, ratio]) => [name, Number(ratio.toPrecision(3))]));
}
