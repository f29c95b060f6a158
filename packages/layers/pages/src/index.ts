export { PAGE_ENTRY, PageTable } from "./page-table.js";
export { PAGES, Pages } from "./pages.js";
export { RUNS, Runs } from "./runs.js";
export { PAGE_RANGE, WINDOW, WINDOW_PHASE, Windows } from "./windows.js";
