import ts from "typescript";
import { ROOT } from "./repository.js";

/**
 * Type-checks files with the repository's strictness.
 * @param {readonly string[]} files absolute paths
 * @param {import("typescript").CompilerOptions} options what differs from tsconfig.base.json
 * @returns {string[]} one entry per error in these files, with file and line; what they import is checked elsewhere
 */
export function typeErrors(files, options) {
  const base = ts.parseJsonConfigFileContent(ts.readConfigFile(`${ROOT}tsconfig.base.json`, ts.sys.readFile).config, ts.sys, ROOT);
  const program = ts.createProgram(files, { ...base.options, moduleDetection: ts.ModuleDetectionKind.Force, ...options });
  const found = files.flatMap((file) => ts.getPreEmitDiagnostics(program, program.getSourceFile(file)));
  return found.map((one) => {
    const text = ts.flattenDiagnosticMessageText(one.messageText, "\n");
    if (one.file === undefined || one.start === undefined) return text;
    const { line } = one.file.getLineAndCharacterOfPosition(one.start);
    return `${one.file.fileName}:${line + 1} ${text}`;
  });
}
