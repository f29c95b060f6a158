/**
 * The order of runs: repetition by repetition, in each every workload and number of threads, in each every contender. So what
 * the machine does meanwhile hits all contenders alike. In the end those whose repetitions do not agree run again. A case that did not work is not tried again, nor is one that took long,
 * and when the time is over nothing more is started.
 */
import type { Clock } from "../child/request.js";
import type { Runner, Task } from "./runner.js";
import { repetitionsOf, type Entry, type Plan, type Processes } from "./plan.js";
import { samplesOf, type Case } from "./result.js";
import { runProcess, type Outcome } from "./run-process.js";
import { StandingProcess } from "./standing-process.js";
import { agree } from "./statistics.js";

export interface Schedule {
  readonly entries: readonly Entry[];
  readonly runners: readonly Runner[];
  readonly plan: Plan;
  readonly processes: Processes;
  readonly clock: Clock;
  readonly timeoutMilliseconds: number;
  /** When nothing more is started, by performance.now(). */
  readonly deadline: number;
}

export interface Progress {
  /** A run begins. @param done how many are over, of `all` @param name in a few words */
  begins(done: number, all: number, name: string): void;
}

/** A run that takes longer is not repeated: it has had many rounds, or its differences to others are not small. */
const LONG_MILLISECONDS = 4000;

interface Turn {
  readonly one: Case;
  readonly entry: Entry;
  readonly repetitions: number;
  /** What the runs so far have taken at the most. */
  longest: number;
  play(task: Task): Promise<Outcome>;
}

/** @returns what came of every case, in order of workload, threads, contender */
export async function runAll(schedule: Schedule, progress: Progress): Promise<Case[]> {
  const { clock, deadline, plan } = schedule;
  const standing: StandingProcess[] = [];
  const turns = turnsOf(schedule, standing);
  let all = turns.reduce((sum, { repetitions }) => sum + repetitions, 0);
  let begun = 0;
  for (let repetition = 1; repetition <= Math.max(plan.repetitions, plan.least) + plan.again; repetition += 1) {
    const due = turns.filter(({ one, repetitions }) => repetition <= repetitions || !agree(samplesOf(one)));
    all += due.filter(({ repetitions }) => repetition > repetitions).length;
    for (const turn of due) {
      const { one, entry, repetitions } = turn;
      begun += 1;
      const start = performance.now();
      if (turn.longest > LONG_MILLISECONDS || one.outcomes.some(({ outcome }) => outcome !== "measured") || start > deadline) continue;
      progress.begins(begun - 1, all, `${one.workload}, threads ${one.threads}: ${one.contender.name} (${repetition} of ${Math.max(repetition, repetitions)})`);
      const { workload: { name: workload }, parameters, trace } = entry;
      one.outcomes.push(await turn.play({ workload, threads: one.threads, parameters, clock, ...(trace === undefined ? {} : { trace: trace.file }) }));
      turn.longest = Math.max(turn.longest, performance.now() - start);
    }
  }
  for (const process of standing) process.end();
  return turns.map(({ one }) => one);
}

function turnsOf({ entries, runners, plan, processes, timeoutMilliseconds }: Schedule, opened: StandingProcess[]): Turn[] {
  const players = runners.map(({ contender, command, standing }) => {
    if (processes === "one a run" || standing === undefined) return { contender, play: (task: Task) => runProcess(command(task), timeoutMilliseconds) };
    const process = new StandingProcess(standing.command);
    opened.push(process);
    return { contender, play: (task: Task) => process.ask(standing.request(task), timeoutMilliseconds) };
  });
  return entries.flatMap((entry) =>
    plan.threads.flatMap((threads) =>
      players.map(({ contender, play }) => ({
        one: { contender, workload: entry.workload.name, threads, liveBytes: entry.trace?.liveBytes, outcomes: [] },
        entry,
        repetitions: repetitionsOf(plan, contender, entry.workload, threads),
        longest: 0,
        play,
      })),
    ),
  ).filter(({ repetitions }) => repetitions > 0);
}
