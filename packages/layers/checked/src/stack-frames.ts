/**
 * The caller's stack as lines of text, the same in form from every engine: `function (file:line:column)`, innermost
 * first. Engines differ in how they write a frame, in how many they give, and in whether a frame whose last act was a call
 * is there at all; so our own frames are recognized by what their functions are named, not by being counted. A wrapper of
 * the user's that is called `malloc` or `free` is taken for one of ours, which is no loss: its caller says more.
 */

/** Frames of a site that are kept. */
const KEPT = 8;
/** Of our own at most so many lie above the caller's. */
const OURS = 8;

/** What is called between a user and {@link currentStack}. */
const OWN_FUNCTIONS = new Set([
  "currentStack", "here", "serve", "allocate", "allocateAligned", "resize", "resizeInHand", "free",
  "malloc", "calloc", "realloc", "alignedAlloc", "move",
]);

/** V8's way to say how many frames it gives; other engines have no such thing. */
const limits: { stackTraceLimit?: number; readonly prototype: Error } = Error;

/** The stack as the engine writes it; with enough frames where the engine can be asked for that. */
export function currentStack(): string {
  const limit = limits.stackTraceLimit;
  const changed = typeof limit === "number" && limit < KEPT + OURS && setLimit(KEPT + OURS);
  const stack: unknown = new Error().stack;
  if (changed) setLimit(limit);
  return typeof stack === "string" ? stack : "";
}

/** Not where the realm's own objects are frozen. */
function setLimit(limit: number | undefined): boolean {
  try {
    limits.stackTraceLimit = limit!;
    return true;
  } catch {
    return false;
  }
}

/** The caller's frames of a stack that {@link currentStack} took, one a line; "" when there are none. */
export function callerFrames(stack: string): string {
  const frames = stack.split("\n").map(readFrame).filter((frame) => frame !== undefined);
  const first = frames.findIndex(({ name }) => !OWN_FUNCTIONS.has(name));
  return frames.slice(Math.max(first, 0), Math.max(first, 0) + KEPT).map(({ text }) => text).join("\n");
}

interface Frame {
  /** Without the class or object before it. */
  readonly name: string;
  readonly text: string;
}

function readFrame(line: string): Frame | undefined {
  return readV8Frame(line) ?? readOtherFrame(line);
}

/** `    at Class.name [as other] (place)` or `    at place` */
function readV8Frame(line: string): Frame | undefined {
  const at = /^\s+at (?:async )?(.*)$/.exec(line);
  if (at === null) return undefined;
  const [, text] = at;
  const called = /^(?:new )?(.+?)(?: \[as [^\]]*\])? \(/.exec(text);
  return { name: lastPart(called?.[1] ?? ""), text };
}

/** `name@place`, of SpiderMonkey and JavaScriptCore; a place may contain an @ too. */
function readOtherFrame(line: string): Frame | undefined {
  const at = line.indexOf("@");
  if (at < 0 || /^\w*Error\b/.test(line)) return undefined;
  const name = line.slice(0, at);
  const place = line.slice(at + 1);
  return { name: lastPart(name), text: name === "" ? place : `${name} (${place})` };
}

function lastPart(name: string): string {
  return name.slice(Math.max(name.lastIndexOf("."), name.lastIndexOf("#"), name.lastIndexOf("/")) + 1);
}
