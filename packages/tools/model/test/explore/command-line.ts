/** What may be said on the command line of the long run, and which tasks that chooses. */
import { TASKS } from "./task.js";

export const USAGE = `usage: npm run explore -- [word...]

Explores the scenarios of the tests further than there is time for in every run of them, spread over the processors: all of them,
which takes half an hour and is written to EXPLORED.md; or those that have one of the words in their names, and nothing is written.
What is in quotes is one word: npm run explore -- Boehm "three threads".

  --help  show this and the names of the scenarios

The exit code is 1 when anything went wrong, and 2 when a word is in no name.
`;

/** The command line makes no sense; the message says why. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

export interface Orders {
  readonly action: "explore" | "help";
  /** Numbers of the chosen tasks, in their order. */
  readonly tasks: readonly number[];
  /** Whether the record is of all there is. */
  readonly record: boolean;
}

/** @throws UsageError for a word that chooses nothing */
export function ordersOf(args: readonly string[]): Orders {
  const all = TASKS.map((_, task) => task);
  if (args.includes("--help")) return { action: "help", tasks: [], record: false };
  if (args.length === 0) return { action: "explore", tasks: all, record: true };
  const lost = args.filter((word) => !TASKS.some((task) => has(task, word)));
  if (lost.length > 0) throw new UsageError(`no scenario has ${lost.map((word) => JSON.stringify(word)).join(" or ")} in its name`);
  return { action: "explore", tasks: all.filter((task) => args.some((word) => has(TASKS[task], word))), record: false };
}

/** A line for each scenario. */
export function names(): string {
  return [...new Set(TASKS.map(({ one }) => `  ${one.scenario.name}\n`))].join("");
}

function has({ one }: (typeof TASKS)[number], word: string): boolean {
  return one.name.includes(word);
}
