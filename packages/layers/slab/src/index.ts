export * from "./anchored/index.js";
export * from "./bucketed/index.js";
export * from "./carved/index.js";
export * from "./exclusive/index.js";
export * from "./owned/index.js";
export * from "./private/index.js";
export * from "./stacked/index.js";
