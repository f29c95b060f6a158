/** What a terminal can show: asked of the environment, by the rules that command lines have agreed on (no-color.org). */

export const COLOURS = ["none", "256", "truecolour"] as const;

/** `none`: letters instead. */
export type Colours = (typeof COLOURS)[number];

/** The part of a stream that matters. */
export interface Screen {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

export function coloursOf(screen: Screen, environment: Readonly<Record<string, string | undefined>>): Colours {
  const { NO_COLOR, COLORTERM, TERM } = environment;
  if (screen.isTTY !== true || (NO_COLOR !== undefined && NO_COLOR !== "") || TERM === "dumb") return "none";
  return COLORTERM === "truecolor" || COLORTERM === "24bit" ? "truecolour" : "256";
}

/** Columns, 80 where nobody knows. */
export function widthOf({ columns }: Screen): number {
  return columns ?? 80;
}
