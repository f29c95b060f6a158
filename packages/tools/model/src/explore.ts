/** The front door: explore a scenario, or run one schedule of it again. */
import { integerIn, oneOf } from "@heapwright/core";
import { CUT, DONE } from "./chooser.js";
import { ExhaustiveSearch } from "./exhaustive-search.js";
import type { ModelFailure } from "./failure.js";
import { heldUp } from "./progress.js";
import { PriorityChooser, RandomChooser } from "./random-chooser.js";
import { failureOf, shortened, turnsOf, type Watch } from "./rerun.js";
import { parseSchedule } from "./schedule.js";
import type { Scenario } from "./scenario.js";
import { Stage } from "./stage.js";
import type { Violation } from "./violation.js";

export interface ExploreOptions {
  /**
   * `exhaustive` tries every schedule within the bounds; `random` and `priorities` (PCT) make so many runs by chance.
   * Default exhaustive.
   */
  readonly search?: "exhaustive" | "random" | "priorities";
  /** Exhaustive: most switches away from a thread that could go on. Default: no bound. */
  readonly preemptions?: number;
  /** Exhaustive: states that are remembered, so as not to go on from one twice. 0: none. Default 2^22. */
  readonly states?: number;
  /** Compare-and-swaps that fail without a reason, in one execution. Default 0. */
  readonly spuriousFailures?: number;
  /** Threads that are killed, in one execution. Default 0. */
  readonly deaths?: number;
  /** By chance: how many runs. Default 1000. */
  readonly runs?: number;
  /** By chance: the first run's seed; each further run has the next. Default 1. */
  readonly seed?: number;
  /** `priorities`: moments in a run at which the running thread falls back. Default 3. */
  readonly changes?: number;
  /** Exhaustive: whether every thread must come to its end alone from every state. Default "any": it need not. */
  readonly progress?: "alone" | "any";
  /** Whether a sleep may end by its time-out; only when nobody can go on otherwise. Default "when stuck". */
  readonly timeouts?: "when stuck" | "never";
  /**
   * How often a thread may look at a word while nothing changes; then it counts as waiting, and others go on. To be raised
   * for code that does something new after so many looks. Default 3.
   */
  readonly looks?: number;
  /** Steps after which an execution, or a thread alone, counts as endless. Default 5000. */
  readonly steps?: number;
}

/** What an exploration has seen. */
export interface Exploration {
  /** Executions that came to their end, and were judged. */
  readonly executions: number;
  /** Executions that were not gone on with, as they had come to a state that was known. */
  readonly pruned: number;
  /** Different states at places to switch. */
  readonly states: number;
  /** The shortest failing execution that was found, starting from the first; undefined when all were right. */
  readonly failure: ModelFailure | undefined;
}

const MOST = Number.MAX_SAFE_INTEGER;

const DEFAULTS = {
  search: "exhaustive", preemptions: Infinity, states: 2 ** 22, spuriousFailures: 0, deaths: 0, runs: 1000, seed: 1, changes: 3,
  progress: "any", timeouts: "when stuck", looks: 3, steps: 5000,
} as const;

type Settings = Required<ExploreOptions>;

/** What is out of range would let an exploration try nothing, and say that nothing is wrong. */
function settingsOf(options: ExploreOptions): Settings {
  const settings: Settings = { ...DEFAULTS, ...options };
  oneOf("search", settings.search, ["exhaustive", "random", "priorities"]);
  oneOf("progress", settings.progress, ["alone", "any"]);
  oneOf("timeouts", settings.timeouts, ["when stuck", "never"]);
  if (settings.preemptions !== Infinity) integerIn("preemptions", settings.preemptions, 0, MOST);
  for (const name of ["states", "spuriousFailures", "deaths", "seed", "changes"] as const) integerIn(name, settings[name], 0, MOST);
  for (const name of ["runs", "looks", "steps"] as const) integerIn(name, settings[name], 1, MOST);
  return settings;
}

/**
 * Explores until everything within the bounds has been tried, or something went wrong.
 * @throws NondeterminismError when a thread's function does not do the same each time that it is run
 * @throws RangeError for options out of range
 */
export function explore<Thing>(scenario: Scenario<Thing>, options: ExploreOptions = {}): Exploration {
  const settings = settingsOf(options);
  return settings.search === "exhaustive" ? exploreAll(scenario, settings) : exploreByChance(scenario, settings);
}

/** Runs one schedule of a scenario, as a {@link ModelFailure} gives it. @returns what goes wrong; undefined when nothing does. @throws RangeError for options out of range */
export function replay<Thing>(scenario: Scenario<Thing>, schedule: string, options: ExploreOptions = {}): ModelFailure | undefined {
  return failureOf(scenario, parseSchedule(schedule), watchOf(settingsOf(options)));
}

function watchOf({ progress, timeouts, looks, steps, deaths }: Settings): Watch {
  return { limits: { steps, timeouts, looks, deaths }, progress };
}

function exploreAll<Thing>(scenario: Scenario<Thing>, settings: Settings): Exploration {
  const search = new ExhaustiveSearch(settings);
  const stage = new Stage(scenario, search, watchOf(settings).limits);
  const { simulation } = stage;
  search.pauses = settings.progress === "alone" || scenario.quiescent !== undefined;
  let executions = 0;
  let pruned = 0;
  let choice = simulation.choose();
  let violation: Violation | undefined;
  for (;;) {
    let end = simulation.proceed(choice);
    while (end === ExhaustiveSearch.PAUSE) {
      violation = stage.judgeState() ?? (settings.progress === "alone" ? heldUp(simulation) : undefined);
      end = violation === undefined ? simulation.proceed(search.goOn(simulation)) : CUT;
    }
    violation ??= simulation.violation ?? (end === DONE ? stage.judge() : undefined);
    if (violation !== undefined) break;
    if (end === DONE) executions++;
    else pruned++;
    if (simulation.places.learned) {
      // Steps that were taken for one's own business may not be: begin anew, with more places to switch.
      simulation.undoTo(0);
      simulation.places.apply();
      search.reset();
      executions = 0;
      pruned = 0;
      choice = simulation.choose();
    } else {
      choice = search.backtrack(simulation);
      if (choice === CUT) break;
    }
  }
  const failure = violation === undefined ? undefined : explained(scenario, settings, stage, violation);
  return { executions, pruned, states: search.states, failure };
}

function exploreByChance<Thing>(scenario: Scenario<Thing>, settings: Settings): Exploration {
  const chooser = settings.search === "random" ? new RandomChooser(settings.spuriousFailures) : new PriorityChooser(settings.spuriousFailures, settings.changes);
  const stage = new Stage(scenario, chooser, watchOf(settings).limits);
  const { simulation } = stage;
  for (let executions = 1; executions <= settings.runs; executions++) {
    chooser.begin(settings.seed + executions - 1);
    const end = simulation.proceed(simulation.choose());
    const violation = simulation.violation ?? (end === DONE ? stage.judge() : undefined);
    if (violation !== undefined) return { executions, pruned: 0, states: 0, failure: explained(scenario, settings, stage, violation) };
    simulation.undoTo(0);
    if (simulation.places.learned) simulation.places.apply();
  }
  return { executions: settings.runs, pruned: 0, states: 0, failure: undefined };
}

function explained<Thing>(scenario: Scenario<Thing>, settings: Settings, { simulation }: Stage<Thing>, violation: Violation): ModelFailure {
  const watch = watchOf(settings);
  const turns = turnsOf(simulation);
  const failure = failureOf(scenario, shortened(scenario, turns, watch, violation.kind), watch);
  if (failure === undefined) throw new Error(`${scenario.name} went wrong in one run and not in the next: ${violation.message}`, { cause: violation });
  return failure;
}
