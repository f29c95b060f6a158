/**
 * Entry of the process of runs in JavaScript: takes one request as its argument, or one after the other as lines of its
 * standard input, and prints the report of each as a line of JSON. There is one contender in a process, so that every call of
 * the allocator is of one shape, as in a program that uses it.
 */
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { jsContenderNamed } from "../contenders/in-javascript.js";
import { residentBytes } from "../memory/resident-bytes.js";
import type { TakenMemory } from "../memory/taken-memory.js";
import { workloadNamed } from "../workloads/all.js";
import type { Arena } from "../workloads/arena.js";
import { Assembly } from "./assembly.js";
import { Crew } from "./crew.js";
import { lead, orFail, type Company } from "./play.js";
import type { RunReport, RunRequest } from "./request.js";

let crew: Crew | undefined;
const [, , argument] = process.argv;
if (argument !== undefined) await answer(argument);
else for await (const line of createInterface({ input: process.stdin })) await answer(line);
await crew?.dismiss();

async function answer(line: string): Promise<void> {
  const request = JSON.parse(line) as RunRequest;
  crew ??= new Crew(new URL(request.worker));
  process.stdout.write(`${JSON.stringify(await run(request, crew))}\n`);
}

async function run(request: RunRequest, others: Crew): Promise<RunReport> {
  const { threads, parameters } = request;
  const { arena, handle, mappedBytes, close } = await jsContenderNamed(request.contender).open(request.module);
  const sharedWords = workloadNamed(request.workload).sharedWords(parameters, threads);
  const company: Company = {
    request,
    assembly: Assembly.wordsFor(threads),
    shared: new Int32Array(new SharedArrayBuffer(4 * sharedWords)),
    trace: request.trace === undefined ? undefined : recording(request.trace),
  };
  const { left } = await others.join(Array.from({ length: threads - 1 }, (_, i) => ({ company, handle, thread: i + 1 })));
  let taken: TakenMemory = {};
  const measured = orFail(company, () => lead(company, arena, () => (taken = memoryOf(request, arena, mappedBytes()))));
  await left;
  if (measured !== undefined) orFail(company, close);
  const { failure } = new Assembly(company.assembly, threads);
  if (measured === undefined || failure.reason !== "") return failure;
  return { outcome: "measured", ...measured, ...taken };
}

/** What is resident takes a while to find out, and so is asked only where it is shown. */
function memoryOf({ threads, trace }: RunRequest, { memory }: Arena, mapped: number | undefined): TakenMemory {
  const resident = threads === 1 && trace !== undefined ? residentBytes(memory) : undefined;
  return { ...(resident === undefined ? {} : { residentBytes: resident }), ...(mapped === undefined ? {} : { mappedBytes: mapped }) };
}

function recording(file: string): Uint32Array {
  const contents = readFileSync(file);
  const shared = new SharedArrayBuffer(contents.length);
  new Uint8Array(shared).set(contents);
  return new Uint32Array(shared);
}
