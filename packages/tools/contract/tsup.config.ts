import { defineConfig } from "tsup";
import { libraryBuild } from "../../../tsup.base.js";

export default defineConfig({ ...libraryBuild, entry: ["src/index.ts", "src/vitest.ts"], external: [/^node:/], removeNodeProtocol: false });
