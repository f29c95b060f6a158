import { defineConfig } from "tsup";
import { libraryBuild } from "../../../tsup.base.js";

export default defineConfig({
  ...libraryBuild,
  entry: ["src/index.ts", "src/record.ts", "src/heaprecord.ts"],
  external: [/^node:/],
  removeNodeProtocol: false,
});
