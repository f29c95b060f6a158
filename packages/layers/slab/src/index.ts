export * from "./carved/index.js";
