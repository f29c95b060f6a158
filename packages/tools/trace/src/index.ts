export { importMtrace } from "./mtrace.js";
export { importRaw, rawCommand, rawEvents } from "./raw-recording.js";
export { ReplayBoard, WINDOW, type ReplayBoardHandle } from "./replay-board.js";
export { describeFailure, type FailureKind, type ReplayFailure } from "./replay-failure.js";
export { playJob, replayOnWorkers, type ReplayJob, type ReplayReport, type ReplayRun } from "./replay-on-workers.js";
export { planReplay, type ReplayPlan, type ThreadProgram } from "./replay-plan.js";
export { replayThread, type ReplayOptions, type ThreadOutcome } from "./replay-thread.js";
export { summarize } from "./summarize.js";
export { TraceBuilder } from "./trace-builder.js";
export { decodeTrace, encodeTrace, TRACE_VERSION, type Unpack } from "./trace-file.js";
export { TraceFormatError, type TraceFault } from "./trace-format-error.js";
export {
  EventKind, NOTHING_OMITTED,
  type Trace, type TraceEvents, type TraceOmissions, type TraceOrigin, type TracePeak, type TraceSummary,
} from "./trace.js";
