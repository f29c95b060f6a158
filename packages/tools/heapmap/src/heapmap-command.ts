#!/usr/bin/env node
/** Entry of the command `heapmap`. */
import { heapmapCommand } from "./command.js";

process.exitCode = heapmapCommand(process.argv.slice(2), { out: process.stdout, err: process.stderr, environment: process.env });
