/** `npm run measured`: replays everything on every preset, and writes what came out into the presets' READMEs. */
import { readFileSync, writeFileSync } from "node:fs";
import { parseCommandLine } from "./command-line.js";
import { formsOf, withMeasured } from "./measured.js";
import { CONTENDERS } from "./presets.js";
import { recordingNames } from "./recordings.js";
import { replayAll, type Surroundings } from "./replay-command.js";
import { circumstances } from "./results.js";

/** Both from the sources and from the bundle, this is the folder. */
const PRESETS = new URL("../../../packages/presets/", import.meta.url);

/** @returns the exit code: 1 when a run has failed, and nothing is written then */
export async function measuredCommand(around: Surroundings): Promise<number> {
  const settings = parseCommandLine([], CONTENDERS, recordingNames());
  const results = await replayAll(settings, around);
  const failed = results.filter(({ ending }) => ending.as === "failed");
  for (const { contender, trace } of failed) around.out.write(`${trace} on ${contender} FAILED\n`);
  if (failed.length > 0) return 1;
  const presets = [...new Set(CONTENDERS.map(({ preset }) => preset.name))];
  for (const preset of presets) {
    const file = new URL(`${preset}/README.md`, PRESETS);
    writeFileSync(file, withMeasured(readFileSync(file, "utf8"), formsOf(preset), results, circumstances([], presets)));
  }
  around.out.write(`wrote what was measured into the READMEs of ${presets.join(", ")}\n`);
  return 0;
}
