/** The command: from arguments to an exit code, with the world it may touch handed in. */
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { whyNotWritable } from "../../output-folder.js";
import { ordersOf, USAGE, UsageError } from "./command-line.js";
import { reportHtml } from "./report-html.js";
import { reportText } from "./report-text.js";
import { simulate } from "./simulate.js";

export interface World {
  readonly out: { write(text: string): unknown };
  readonly err: { write(text: string): unknown; readonly isTTY?: boolean };
  /** Where the user stands: folders are relative to it. */
  readonly folder: string;
}

/** @returns the exit code */
export function run(args: readonly string[], { out, err, folder }: World): number {
  try {
    const orders = ordersOf(args);
    if (orders.action === "help") {
      out.write(USAGE);
      return 0;
    }
    const target = orders.folder === undefined ? undefined : resolve(folder, orders.folder);
    const trouble = target === undefined ? undefined : whyNotWritable(target);
    if (trouble !== undefined) {
      err.write(`${trouble}\n`);
      return 2;
    }
    const results = simulate(orders, (what) => err.isTTY === true && err.write(`\r\u001b[K${what}`));
    if (err.isTTY === true) err.write("\r\u001b[K");
    out.write(reportText(results));
    if (target !== undefined) {
      writeFileSync(resolve(target, "speedup.txt"), reportText(results));
      writeFileSync(resolve(target, "speedup.html"), reportHtml(results));
    }
    return 0;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    err.write(`${error.message}\n\n${USAGE}`);
    return 2;
  }
}
