export { bundleWorker } from "./bundle-worker.js";
export { startWorker } from "./start-worker.js";
