/**
 * Whether operations that overlapped in time can be put in an order that a specification accepts: by trying, with what
 * has been tried remembered (Wing and Gong, "Testing and verifying concurrent objects", JPDC 1993; Lowe, "Testing for
 * linearizability", 2017). For the dozen operations of a scenario that is a matter of microseconds.
 */
import type { Operation } from "./operation.js";
import { threadLetter } from "./schedule.js";
import type { Specification } from "./specification.js";

export class LinearizabilityCheck {
  /** Histories that have been found right, by their text: most executions of a scenario have one that is known. */
  private readonly right = new Set<string>();

  constructor(private readonly specification: Specification<unknown>) {}

  /** @returns what is wrong, or undefined. @param operations at most 30 */
  complaint(operations: readonly Operation[]): string | undefined {
    const text = textOf(operations);
    if (this.right.has(text)) return undefined;
    if (!new Ordering(this.specification, operations).exists()) {
      return `no order of the operations explains their results:\n${operations.map(showOperation).join("\n")}`;
    }
    this.right.add(text);
    return undefined;
  }
}

/** All that matters of a history: what was done, and who was over before whom began. */
function textOf(operations: readonly Operation[]): string {
  let text = "";
  for (const { name, argument, result, first } of operations) {
    let before = 0;
    for (let i = 0; i < operations.length; i++) if (operations[i].last < first) before |= 1 << i;
    text += `${name}(${String(argument)})${String(result)}<${before};`;
  }
  return text;
}

function showOperation({ thread, name, argument, result, isComplete, first, last }: Operation): string {
  const call = `${threadLetter(thread)}: ${name}(${argument === undefined ? "" : String(argument)})`;
  return isComplete ? `  ${call} = ${String(result)}, steps ${first} to ${last}` : `  ${call}, from step ${first}, never ended`;
}

class Ordering {
  private readonly tried = new Set<string>();
  /** By operation: those that must come before it. */
  private readonly before: number[];
  private readonly complete: number;

  constructor(
    private readonly specification: Specification<unknown>,
    private readonly operations: readonly Operation[],
  ) {
    this.before = operations.map(({ first }) => bits(operations, ({ last }) => last < first));
    this.complete = bits(operations, ({ isComplete }) => isComplete);
  }

  exists(): boolean {
    return this.canGoOn(0, this.specification.initial);
  }

  private canGoOn(done: number, state: unknown): boolean {
    if ((done & this.complete) === this.complete) return true;
    const key = `${done}:${this.specification.key(state)}`;
    if (this.tried.has(key)) return false;
    this.tried.add(key);
    return this.operations.some((operation, i) => {
      if ((done & (1 << i)) !== 0 || (this.before[i] & ~done) !== 0) return false;
      return this.specification.next(state, operation).some((next) => this.canGoOn(done | (1 << i), next));
    });
  }
}

function bits(operations: readonly Operation[], holds: (operation: Operation) => boolean): number {
  return operations.reduce((mask, operation, i) => (holds(operation) ? mask | (1 << i) : mask), 0);
}
