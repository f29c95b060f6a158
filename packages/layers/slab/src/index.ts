export * from "./carved/index.js";
export * from "./owned/index.js";
