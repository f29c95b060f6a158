/**
 * Stops code that does not come to an end. Only the engine can do that to code that never returns, and Node offers it
 * for scripts run in a context: the action is called from such a script, and everything below it is stopped with it.
 */
import { createContext, Script } from "node:vm";

const sandbox: { action: () => void } = { action: () => undefined };
const context = createContext(sandbox);
const call = new Script("action()");

/** Runs `action` to its end. @throws what it throws, or an error when it takes longer than `milliseconds` */
export function withinTime(milliseconds: number, action: () => void): void {
  sandbox.action = action;
  call.runInContext(context, { timeout: milliseconds });
}
