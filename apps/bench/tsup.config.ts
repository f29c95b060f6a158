import { sourceBundle } from "../../tsup.base.js";

export default sourceBundle(["src/main.ts", "src/child/main.ts", "src/child/worker.ts", "src/space/main.ts"]);
