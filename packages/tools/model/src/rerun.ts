/** Runs one schedule of a scenario, and shortens those that fail. */
import { CUT, DONE } from "./chooser.js";
import { ModelFailure } from "./failure.js";
import { joinTurns, type Turn } from "./schedule.js";
import { ScheduleChooser } from "./schedule-chooser.js";
import type { Scenario } from "./scenario.js";
import type { Limits } from "./execution.js";
import type { Simulation } from "./simulation.js";
import { Stage } from "./stage.js";
import { StepRecorder } from "./step-table.js";
import type { Trace } from "./trace.js";
import type { Violation, ViolationKind } from "./violation.js";
import { DEATH } from "./access-kinds.js";
import { heldUp } from "./progress.js";

/** What is looked at while a schedule runs. */
export interface Watch {
  readonly limits: Limits;
  /** Whether threads must come to their end alone, where the schedule ends. */
  readonly progress: "alone" | "any";
}

interface Run {
  readonly violation: Violation | undefined;
  readonly turns: readonly Turn[];
}

/** A stage on which one schedule after the other is run, each from the first state. */
class Rehearsal<Thing> {
  readonly stage: Stage<Thing>;
  private readonly chooser = new ScheduleChooser();

  constructor(
    scenario: Scenario<Thing>,
    private readonly watch: Watch,
  ) {
    this.stage = new Stage(scenario, this.chooser, watch.limits);
    this.stage.simulation.switchesEverywhere = true;
  }

  run(turns: readonly Turn[]): Run {
    const { simulation } = this.stage;
    simulation.undoTo(0);
    simulation.violation = undefined;
    this.chooser.follow(turns);
    let end = simulation.proceed(simulation.choose());
    const atLastTurn = end === CUT && this.chooser.isOver ? simulation.violation ?? this.judgeState() : undefined;
    if (end === CUT && this.chooser.isOver && atLastTurn === undefined) end = simulation.proceed(this.chooser.goOn());
    const violation = atLastTurn ?? simulation.violation ?? (end === DONE ? this.stage.judge() : undefined);
    return { violation, turns: turnsOf(simulation) };
  }

  private judgeState(): Violation | undefined {
    const { stage, watch } = this;
    return stage.judgeState() ?? (watch.progress === "alone" ? heldUp(stage.simulation) : undefined);
  }
}

/** The schedule by which the present state was reached. */
export function turnsOf({ trace }: Simulation): Turn[] {
  return joinTurns(Array.from({ length: trace.depth }, (_, step) => turnOf(trace, step)));
}

function turnOf(trace: Trace, step: number): Turn {
  const kind = trace.kind[step] === DEATH ? "death" : trace.spurious[step] === 1 ? "spurious failure" : "steps";
  return { thread: trace.thread[step], steps: 1, kind };
}

/** Runs a schedule. @returns what went wrong, with its steps; undefined when nothing did */
export function failureOf<Thing>(scenario: Scenario<Thing>, turns: readonly Turn[], watch: Watch): ModelFailure | undefined {
  const rehearsal = new Rehearsal(scenario, watch);
  const { simulation, names } = rehearsal.stage;
  const recorder = new StepRecorder(simulation, names);
  const { violation, turns: taken } = rehearsal.run(turns);
  if (violation === undefined) return undefined;
  const { kind, message, cause, steps } = violation;
  const stacks = steps.map((step) => `\nstep ${step}:\n${recorder.stackOf(step)}`).join("");
  return new ModelFailure(scenario.name, kind, message, taken, recorder.table(steps) + stacks, { cause });
}

/** Leaves out turns, and joins those of one thread, as long as the schedule still fails in the same way. */
export function shortened<Thing>(scenario: Scenario<Thing>, turns: readonly Turn[], watch: Watch, kind: ViolationKind): readonly Turn[] {
  const rehearsal = new Rehearsal(scenario, watch);
  let best = turns;
  const fails = (candidate: readonly Turn[]): boolean => {
    const outcome = rehearsal.run(candidate);
    if (outcome.violation?.kind !== kind || weight(outcome.turns) >= weight(best)) return false;
    best = outcome.turns;
    return true;
  };
  while (candidates(best).some(fails)) continue;
  return best;
}

function* candidatesOf(turns: readonly Turn[]): Generator<Turn[]> {
  for (let i = 0; i < turns.length; i++) yield turns.toSpliced(i, 1);
  for (let i = 0; i + 2 < turns.length; i++) yield joinTurns(turns.toSpliced(i + 1, 2, turns[i + 2], turns[i + 1]));
}

function candidates(turns: readonly Turn[]): Turn[][] {
  return [...candidatesOf(turns)];
}

/** Switches count first, then steps. */
function weight(turns: readonly Turn[]): number {
  return turns.length * 65536 + turns.reduce((sum, { steps }) => sum + steps, 0);
}
