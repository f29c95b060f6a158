import { expect, test } from "vitest";
import { ProgressDisplay } from "../src/progress.js";

function show(isTTY: boolean): string {
  let text = "";
  const stream = { isTTY, columns: 44, write: (more: string) => (text += more) };
  const display = new ProgressDisplay(stream, 2);
  display.starts("cc1", "hoard");
  display.ends("cc1", "hoard", "fine");
  display.starts("cc1", "a-preset-with-a-long-name");
  display.ends("cc1", "a-preset-with-a-long-name", "fine");
  display.clear();
  return text;
}

test("on a terminal there is one line, never longer than it", () => {
  expect(show(true).split("\r\u001b[K")).toEqual([
    "",
    "[0/2] replaying cc1 on hoard ...",
    "[1/2] cc1 on hoard: fine",
    "[1/2] replaying cc1 on a-preset-with-a-long",
    "[2/2] cc1 on a-preset-with-a-long-name: fin",
    "",
  ]);
});

test("elsewhere there is a line for each run", () => {
  expect(show(false)).toBe("[1/2] cc1 on hoard: fine\n[2/2] cc1 on a-preset-with-a-long-name: fine\n");
});
