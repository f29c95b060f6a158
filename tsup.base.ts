// How every library package is bundled: one ES module per entry, dependencies left as imports. Declarations are not tsup's
// business here, because its bundled .d.ts carry no declaration maps; tsc writes them beside it (tsconfig.build.json).
import { defineConfig } from "tsup";

export const libraryBuild = defineConfig({
  entry: ["src/index.ts"],
  format: "esm",
  platform: "neutral",
  target: "es2022",
  sourcemap: true,
  clean: true,
  silent: true,
});

/** A program of ours with our packages bundled in from source, one self-contained file per entry. */
export const sourceBundle = (entry: string[]) =>
  defineConfig({
    entry,
    format: "esm",
    platform: "node",
    target: "node20",
    noExternal: [/^@heapwright\//, "heapwright"],
    splitting: false,
    sourcemap: true,
    clean: true,
    silent: true,
    esbuildOptions: (options) => {
      options.conditions = ["source"];
    },
  });
