/**
 * Which thread took each step of an execution, as a short string: a letter a thread and how many steps it took in a row,
 * `a12.b3.a`. `~` marks a compare-and-swap that was made to fail, `!` a thread that was killed: `a4.a~.b2.a!`.
 */
export interface Turn {
  readonly thread: number;
  readonly steps: number;
  readonly kind: "steps" | "spurious failure" | "death";
}

const MARKS = { steps: "", "spurious failure": "~", death: "!" } as const;
const FIRST_LETTER = "a".charCodeAt(0);

export function threadLetter(thread: number): string {
  return String.fromCharCode(FIRST_LETTER + thread);
}

export function formatSchedule(turns: readonly Turn[]): string {
  return turns.map(({ thread, steps, kind }) => `${threadLetter(thread)}${MARKS[kind]}${steps === 1 ? "" : steps}`).join(".");
}

/** @throws RangeError when the text is not a schedule */
export function parseSchedule(text: string): Turn[] {
  if (text === "") return [];
  return text.split(".").map((turn) => {
    const match = /^([a-z])([~!]?)(\d*)$/.exec(turn);
    if (match === null) throw new RangeError(`"${turn}" is no turn of a schedule: expected a letter, ~ or ! or nothing, and a number`);
    const kind = match[2] === "~" ? "spurious failure" : match[2] === "!" ? "death" : "steps";
    return { thread: turn.charCodeAt(0) - FIRST_LETTER, steps: match[3] === "" ? 1 : Number(match[3]), kind };
  });
}

/** Neighbouring turns of the same kind and thread become one. */
export function joinTurns(turns: readonly Turn[]): Turn[] {
  const joined: Turn[] = [];
  for (const turn of turns) {
    const last = joined.at(-1);
    if (turn.steps === 0) continue;
    if (last?.thread === turn.thread && last.kind === turn.kind) joined[joined.length - 1] = { ...last, steps: last.steps + turn.steps };
    else joined.push(turn);
  }
  return joined;
}
