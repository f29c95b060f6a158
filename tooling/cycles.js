/**
 * The first cycle of a directed graph, by depth-first search.
 * @param {ReadonlyMap<string, readonly string[]>} graph from a node to the nodes it points to
 * @returns {string[]} the nodes along the cycle, the first repeated at the end; empty when there is none
 */
export function cycleIn(graph) {
  /** @type {Set<string>} */
  const done = new Set();
  /** @type {string[]} */
  const path = [];
  /**
   * @param {string} node
   * @returns {string[]}
   */
  const search = (node) => {
    if (done.has(node)) return [];
    const start = path.indexOf(node);
    if (start >= 0) return [...path.slice(start), node];
    path.push(node);
    for (const next of graph.get(node) ?? []) {
      const cycle = search(next);
      if (cycle.length > 0) return cycle;
    }
    path.pop();
    done.add(node);
    return [];
  };
  for (const node of graph.keys()) {
    const cycle = search(node);
    if (cycle.length > 0) return cycle;
  }
  return [];
}
