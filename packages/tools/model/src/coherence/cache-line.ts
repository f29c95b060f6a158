/**
 * One line in the caches of all cores, by the protocol MESI (Papamarcos and Patel, ISCA 1984): in each cache it is modified
 * (the only copy, newer than memory), exclusive (the only copy), shared, or invalid, which is to say not there. Caches are
 * without bounds: a copy stays until another core writes.
 */
const INVALID = 0;
const SHARED = 1;
const EXCLUSIVE = 2;
const MODIFIED = 3;

export type LineState = "invalid" | "shared" | "exclusive" | "modified";

const NAMES: readonly LineState[] = ["invalid", "shared", "exclusive", "modified"];

/** What served an access: the core's own cache, the memory, or other caches, of which one had a modified copy or none. */
export type Source = "own" | "memory" | "clean" | "dirty";

export class CacheLine {
  /** Copies that the last {@link write} took from other cores. */
  invalidated = 0;
  private readonly states: Uint8Array;

  constructor(cores: number) {
    this.states = new Uint8Array(cores);
  }

  stateOf(core: number): LineState {
    return NAMES[this.states[core]];
  }

  read(core: number): Source {
    const { states } = this;
    if (states[core] !== INVALID) return "own";
    const source = this.sourceFor();
    if (source === "memory") {
      states[core] = EXCLUSIVE;
      return source;
    }
    // a modified copy is written back; from now on none is the only one
    for (let other = 0; other < states.length; other++) if (states[other] !== INVALID) states[other] = SHARED;
    states[core] = SHARED;
    return source;
  }

  write(core: number): Source {
    const { states } = this;
    this.invalidated = 0;
    if (states[core] >= EXCLUSIVE) {
      states[core] = MODIFIED;
      return "own";
    }
    const source = states[core] === SHARED ? "own" : this.sourceFor();
    for (let other = 0; other < states.length; other++) {
      if (other === core || states[other] === INVALID) continue;
      states[other] = INVALID;
      this.invalidated++;
    }
    states[core] = MODIFIED;
    return source;
  }

  private sourceFor(): Source {
    const best = Math.max(...this.states);
    return best === INVALID ? "memory" : best === MODIFIED ? "dirty" : "clean";
  }
}
