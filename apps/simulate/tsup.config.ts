import { sourceBundle } from "../../tsup.base.js";

export default sourceBundle(["src/main.ts"]);
