import { expect, test } from "vitest";
import { ordersOf, UsageError } from "../src/command-line.js";
import { SUBJECTS } from "../src/subjects.js";

test("without options every preset is killed a thousand times", () => {
  expect(ordersOf([])).toMatchObject({ action: "soak", subjects: SUBJECTS, kills: 1000, seconds: 600, record: false });
});

test("presets and numbers can be chosen", () => {
  const { subjects, kills, seconds, seed } = ordersOf(["--preset", "hoard", "--preset=michael", "--kills", "30", "--seconds=5", "--seed", "7"]);
  expect(subjects.map(({ name }) => name)).toEqual(["hoard", "michael"]);
  expect([kills, seconds, seed]).toEqual([30, 5, 7]);
  expect(ordersOf(["--help"]).action).toBe("help");
  expect(ordersOf(["--record"]).record).toBe(true);
});

test.each([
  [["--preset", "nobody"], "there is no preset nobody"],
  [["--kills", "some"], "--kills must be a positive whole number, not some"],
  [["--seconds", "0"], "--seconds"],
  [["--unknown"], "--unknown"],
  [["stray"], "stray"],
])("%j makes no sense", (args, message) => {
  expect(() => ordersOf(args)).toThrow(UsageError);
  expect(() => ordersOf(args)).toThrow(message);
});
