export { michael, type MichaelOptions } from "./michael.js";
