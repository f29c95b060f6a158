/** A scenario set up and ready to run: the memory in its first state, each thread at its first access. */
import type { Memory } from "@heapwright/core";
import { Arena } from "./arena.js";
import type { Limits } from "./execution.js";
import { MOST_THREADS, type Chooser } from "./chooser.js";
import { LOAD } from "./access-kinds.js";
import { LinearizabilityCheck } from "./linearizability.js";
import { ModelMemory } from "./model-memory.js";
import { ObjectState } from "./object-state.js";
import { RaceDetector } from "./race-detector.js";
import type { Actor, Scenario } from "./scenario.js";
import { SimulatedThread } from "./simulated-thread.js";
import { Simulation } from "./simulation.js";
import { Violation, type ViolationKind } from "./violation.js";
import { WordNames } from "./word-names.js";

const DEFAULT_BYTES = 65536;

export class Stage<Thing> {
  readonly simulation: Simulation;
  readonly names = new WordNames();
  private readonly observer: SimulatedThread;
  private readonly observerMemory: Memory;
  private readonly observed: Thing;
  private readonly observerObjects: ObjectState;
  /** Length of the observer's views before the threads began. */
  private readonly observerEnd: number;
  private readonly things: Thing[] = [];
  /** What the threads have left of their things, while a check works through them; made when the first one does. */
  private readonly left: ObjectState[] = [];
  private readonly results: unknown[] = [];
  private readonly races: RaceDetector;
  private readonly histories: LinearizabilityCheck | undefined;

  constructor(
    readonly scenario: Scenario<Thing>,
    chooser: Chooser,
    limits: Limits,
  ) {
    const codes = codesOf(scenario, limits);
    const count = codes.length;
    if (count < 1 || count > MOST_THREADS) throw new RangeError(`a scenario has 1 to ${MOST_THREADS} threads, its rescuer included, not ${count}`);
    const initialBytes = scenario.memory?.initialBytes ?? DEFAULT_BYTES;
    const maximumBytes = scenario.memory?.maximumBytes ?? initialBytes;
    const arena = new Arena(initialBytes, maximumBytes, count);
    const isRacedFor = (w: number): boolean => scenario.isRacedFor?.(this.observed, w) ?? false;
    this.simulation = new Simulation(arena, count, chooser, limits, isRacedFor);
    this.observer = new SimulatedThread(count);
    this.observerMemory = this.open(this.observer, maximumBytes);
    this.observed = scenario.start(this.observerMemory, this.names);
    this.observerObjects = new ObjectState(this.observed);
    this.observerEnd = this.observerMemory.end;
    for (const [index, code] of codes.entries()) this.addThread(this.simulation.threads[index], code, maximumBytes);
    this.simulation.rescuer = count > scenario.threads.length ? count - 1 : -1;
    this.races = new RaceDetector(arena.words.length, count, isRacedFor);
    const { specification } = scenario;
    this.histories = specification === undefined ? undefined : new LinearizabilityCheck(specification);
    arena.commit();
    this.simulation.start();
  }

  private open(thread: SimulatedThread, maximumBytes: number): ModelMemory {
    return new ModelMemory(this.simulation, thread, maximumBytes, this.scenario.memory?.sleeps ?? "may sleep");
  }

  private addThread(thread: SimulatedThread, code: Code<Thing>, maximumBytes: number): void {
    const { scenario } = this;
    const { index } = thread;
    const memory = this.open(thread, maximumBytes);
    const thing = scenario.join(memory, index);
    const actor = actorOf(thread, memory);
    const { end } = memory;
    thread.objects = new ObjectState(thing);
    thread.body = () => {
      memory.end = end;
      this.results[index] = code(thing, actor, () => bitNumbers(this.simulation.census(thread)));
    };
    this.things[index] = thing;
  }

  /** What is wrong with the execution that has just come to its end, if anything. */
  judge(): Violation | undefined {
    return this.races.find(this.simulation.trace) ?? this.simulation.quietly(() => this.judgeEnd());
  }

  /** What is wrong with the state between operations, if no thread is inside one. */
  judgeState(): Violation | undefined {
    const { simulation, scenario, observed } = this;
    const isQuiescent = simulation.threads.every(({ operations, length, dead }) => !dead && operations.isOutside(length));
    if (scenario.quiescent === undefined || !isQuiescent) return undefined;
    return simulation.quietly(() => {
      this.restoreObserver();
      return wrongIn("wrong in between", () => scenario.quiescent?.(observed));
    });
  }

  /** Every check finds the observer as it was when the threads began. */
  private restoreObserver(): void {
    this.observerObjects.restore();
    this.observerMemory.end = this.observerEnd;
  }

  private judgeEnd(): Violation | undefined {
    const { simulation, observer, scenario } = this;
    observer.length = 0;
    observer.cursor = 0;
    observer.operations.clear();
    const wrong = wrongIn("wrong in the end", () => scenario.end !== undefined && this.end(scenario.end.bind(scenario)));
    if (wrong !== undefined || this.histories === undefined) return wrong;
    const operations = [...simulation.threads, observer].flatMap((thread) => thread.operations.list(thread.index, thread.steps, thread.length));
    const complaint = this.histories.complaint(operations);
    return complaint === undefined ? undefined : new Violation("not linearizable", complaint);
  }

  /**
   * Through the threads' things it may do what it likes: that is undone, since a thread which stays as it is in the next
   * execution is not run again. A thread that has not begun is as it was made, whatever it did in executions before.
   */
  private end(end: NonNullable<Scenario<Thing>["end"]>): void {
    const { threads } = this.simulation;
    const { things, left } = this;
    let areNoted = false;
    this.restoreObserver();
    for (const { length, objects } of threads) if (length === 0) objects?.restore();
    try {
      end(this.observed, {
        ...actorOf(this.observer, this.observerMemory, () => this.simulation.trace.depth),
        results: threads.map(({ index, finished }) => (finished ? this.results[index] : undefined)),
        dead: threads.filter(({ dead }) => dead).map(({ index }) => index),
        get things() {
          if (left.length === 0) left.push(...things.map((thing) => new ObjectState(thing)));
          else if (!areNoted) for (const state of left) state.retake();
          areNoted = true;
          return things;
        },
      });
    } finally {
      if (areNoted) for (const state of left) state.restore();
    }
  }
}

/** What a check of the scenario's throws. */
function wrongIn(kind: ViolationKind, check: () => unknown): Violation | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    if (error instanceof Violation) return error;
    const shown = error instanceof Error ? error.message : String(error);
    return new Violation(kind, shown, [], { cause: error });
  }
}

/** What a thread runs. @param dead asks who is dead */
type Code<Thing> = (thing: Thing, actor: Actor, dead: () => number[]) => unknown;

function codesOf<Thing>(scenario: Scenario<Thing>, { deaths }: Limits): Code<Thing>[] {
  if (scenario.rescuer === undefined || deaths === 0) return [...scenario.threads];
  return [...scenario.threads, (thing, actor, dead) => scenario.rescuer?.(thing, actor, dead())];
}

function bitNumbers(mask: number): number[] {
  const numbers: number[] = [];
  for (let rest = mask; rest !== 0; rest &= rest - 1) numbers.push(31 - Math.clz32(rest & -rest));
  return numbers;
}

/** @param now index of the next step, for the observer, whose operations have no steps of their own */
function actorOf(thread: SimulatedThread, memory: Memory, now?: () => number): Actor {
  return {
    index: thread.index,
    memory,
    perform(name, argument, work) {
      thread.operations.begin(name, argument, thread.cursor);
      const result = work();
      if (now !== undefined) thread.begin(LOAD, 0, now() + thread.length);
      thread.operations.end(result, thread.cursor);
      return result;
    },
  };
}
