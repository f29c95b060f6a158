export { hoard, type HoardOptions } from "./hoard.js";
