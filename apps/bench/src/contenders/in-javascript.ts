/**
 * All contenders that JavaScript calls, ours first.
 */
import { bump } from "./bump.js";
import type { JsContender } from "./contender.js";
import { PRESETS } from "./presets.js";
import { thingMalloc } from "./thing-malloc.js";
import { wasmContender } from "./wasm-arena.js";

/** dlmalloc 2.8.6 in wasi-libc, as Debian packages it. */
export const WASM_DLMALLOC = "wasm-dlmalloc";
/** The allocator of AssemblyScript's runtime. */
export const WASM_TLSF = "wasm-tlsf";

export const JS_CONTENDERS: readonly JsContender[] = [...PRESETS, wasmContender(WASM_DLMALLOC), wasmContender(WASM_TLSF), thingMalloc, bump];

/** @throws RangeError */
export function jsContenderNamed(name: string): JsContender {
  const found = JS_CONTENDERS.find((contender) => contender.name === name);
  if (found === undefined) throw new RangeError(`there is no contender ${name} in JavaScript`);
  return found;
}
