/**
 * Entry of the process of one run in JavaScript: takes the request as its argument, prints the report as JSON. There is
 * one contender in a process, so that every call of the allocator is of one shape, as in a program that uses it.
 */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { jsContenderNamed } from "../contenders/in-javascript.js";
import { workloadNamed } from "../workloads/all.js";
import { Assembly } from "./assembly.js";
import { lead, orFail, type Company } from "./play.js";
import type { RunReport, RunRequest } from "./request.js";
import type { Entrance } from "./worker.js";

const request = JSON.parse(process.argv[2] ?? "") as RunRequest;
process.stdout.write(`${JSON.stringify(await run())}\n`);

async function run(): Promise<RunReport> {
  const { threads, parameters } = request;
  const { arena, handle, mappedBytes, close } = await jsContenderNamed(request.contender).open(request.module);
  const sharedWords = workloadNamed(request.workload).sharedWords(parameters, threads);
  const company: Company = {
    request,
    assembly: Assembly.wordsFor(threads),
    shared: new Int32Array(new SharedArrayBuffer(4 * sharedWords)),
    trace: request.trace === undefined ? undefined : recording(request.trace),
  };
  const workers = Array.from({ length: threads - 1 }, (_, i) => start({ company, handle, thread: i + 1 }));
  await Promise.all(workers.map((worker) => once(worker, "message")));
  const exits = workers.map((worker) => once(worker, "exit"));
  let mapped: number | undefined;
  const measured = orFail(company, () => lead(company, arena, () => (mapped = mappedBytes())));
  await Promise.all(exits);
  if (measured !== undefined) orFail(company, close);
  const { failure } = new Assembly(company.assembly, threads);
  if (measured === undefined || failure.reason !== "") return failure;
  return { outcome: "measured", ...measured, ...(mapped === undefined ? {} : { mappedBytes: mapped }) };
}

function start(entrance: Entrance): Worker {
  return new Worker(new URL(request.worker), { workerData: entrance });
}

function recording(file: string): Uint32Array {
  const contents = readFileSync(file);
  const shared = new SharedArrayBuffer(contents.length);
  new Uint8Array(shared).set(contents);
  return new Uint32Array(shared);
}
