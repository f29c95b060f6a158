export { FRAGMENT_DETAIL } from "./fragment-bits.js";
export { FRAGMENT_ROWS } from "./fragment-index.js";
export { LARGEST_FRAGMENT } from "./fragments.js";
export { SPAN_DETAIL } from "./large-note.js";
export { LargeObjects } from "./large-objects.js";
export { PAGE_ENTRY, PageTable } from "./page-table.js";
export { PAGES, Pages } from "./pages.js";
export { RUNS, Runs } from "./runs.js";
export { PAGE_RANGE, WINDOW, WINDOW_PHASE, Windows } from "./windows.js";
