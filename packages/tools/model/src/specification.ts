/**
 * What a structure is to those who do not look inside: what each operation gives, done one after the other. A
 * concurrent execution is right if its operations can be put in an order that respects their times and in which each
 * gives what it gave (Herlihy and Wing, "Linearizability", TOPLAS 1990).
 */
import type { Operation } from "./operation.js";

export interface Specification<State> {
  readonly initial: State;
  /**
   * The states that may follow when the operation gives its result; none if it cannot. Of an operation that is not
   * complete no result is known, and any will do.
   */
  next(state: State, operation: Operation): readonly State[];
  /** Equal for equal states, and only for those. */
  key(state: State): string;
}

type Items = readonly unknown[];

interface ItemNames {
  readonly add: string;
  readonly remove: string;
}

/** What `remove` gives when there is nothing. */
const NOTHING = 0;

/** @param places where an item may leave, given how many there are */
function items(initial: Items, names: ItemNames, places: (count: number) => readonly number[]): Specification<Items> {
  return {
    initial,
    next(state, { name, argument, result, isComplete }) {
      if (name === names.add) return result === false ? [state] : [[...state, argument]];
      if (name !== names.remove) throw new RangeError(`the specification knows ${names.add} and ${names.remove}, not ${name}`);
      if (state.length === 0) return !isComplete || result === NOTHING ? [state] : [];
      return places(state.length)
        .filter((place) => !isComplete || state[place] === result)
        .map((place) => state.toSpliced(place, 1));
    },
    key: (state) => state.join(),
  };
}

/** `push` of an item, `pop` of the one pushed last, or 0. @param initial from the bottom */
export function stackOf(initial: Items = []): Specification<Items> {
  return items(initial, { add: "push", remove: "pop" }, (count) => [count - 1]);
}

/** `enqueue` of an item, which may give false and then has no effect; `dequeue` of the oldest, or 0. */
export function queueOf(initial: Items = []): Specification<Items> {
  return items(initial, { add: "enqueue", remove: "dequeue" }, () => [0]);
}

/** `give` of an item, `take` of any, or 0 when there is none. No item is in the bag twice. */
export function bagOf(initial: Items = []): Specification<Items> {
  const bag = items(initial, { add: "give", remove: "take" }, (count) => Array.from({ length: count }, (_, i) => i));
  return {
    initial,
    next: (state, operation) => (operation.name === "give" && state.includes(operation.argument) ? [] : bag.next(state, operation)),
    key: (state) => state.map(String).sort().join(),
  };
}

interface Span {
  readonly address: number;
  readonly bytes: number;
}

/**
 * `allocate` of so many bytes, whose result is an address or 0; `free` of an address. Right if no block overlaps
 * another one that lives. Lack of memory is allowed at any time: whether it is due only the end can tell.
 * @param bytesOf what a block of so many bytes asked for really takes
 */
export function blocksOf(bytesOf: (asked: number) => number): Specification<readonly Span[]> {
  return {
    initial: [],
    next(state, { name, argument, result, isComplete }) {
      if (name === "free") return state.some(({ address }) => address === argument) ? [state.filter(({ address }) => address !== argument)] : [];
      if (name !== "allocate") throw new RangeError(`the specification knows allocate and free, not ${name}`);
      if (!isComplete || result === NOTHING) return [state];
      const address = result as number;
      const bytes = bytesOf(argument as number);
      const overlaps = state.some((span) => address < span.address + span.bytes && span.address < address + bytes);
      return overlaps ? [] : [[...state, { address, bytes }]];
    },
    key: (state) => state.map(({ address }) => address).sort().join(),
  };
}
