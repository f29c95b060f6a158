// All tests run on source: the "source" export condition of every package points to its src/index.ts, so nothing has to
// be built first and no stale dist can be tested by mistake. The long ones, which run the conformance suite, the explorer or every
// step of a death, are one module each with all that they import: bundle-tests.js says why.
import { defineConfig } from "vitest/config";
import { bundleTests } from "./tooling/bundle-tests.js";

const conditions = ["source", "module", "node", "development|production"];

export default defineConfig({
  plugins: [bundleTests(/contract|model\/test|death|composition|-steps/)],
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: ["source", "node"] } },
  test: {
    include: ["packages/*/*/test/**/*.test.ts", "apps/*/test/**/*.test.ts", "test/**/*.test.ts"],
    setupFiles: ["./tooling/long-scripts.js"],
    pool: "forks",
    maxWorkers: 2,
    // starting a process for each file, and compiling what it shares with others, is a fifth of the processor time
    isolate: false,
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
