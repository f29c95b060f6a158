// How vitest runs the examples that are tests: they are compiled already, and may lie below node_modules/.cache.
export default { test: { include: ["**/*.test.js"], exclude: [] } };
