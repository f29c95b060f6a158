/**
 * Entry of `npm run recordings`: writes recordings/README.md again.
 */
import { writeFileSync } from "node:fs";
import { describeRecordings } from "./describe-recordings.js";
import { loadRecording, recordingNames, RECORDINGS } from "./recordings.js";

const all = new Map(recordingNames().map((name) => [name, loadRecording(name)]));
writeFileSync(new URL("README.md", RECORDINGS), describeRecordings(all));
