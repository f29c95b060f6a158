/** A process of the long run: gets numbers of tasks, answers with reports. */
import { perform } from "./task.js";

process.on("message", (task: number) => void process.send?.(perform(task)));
