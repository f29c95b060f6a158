export * from "./anchored/index.js";
export * from "./carved/index.js";
export * from "./exclusive/index.js";
export * from "./owned/index.js";
