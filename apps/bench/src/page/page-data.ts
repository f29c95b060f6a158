/** What the page's program draws: the numbers of a report, one row for each mark. */
export type Kind = "preset" | "native" | "peer" | "floor";

export interface Shown {
  readonly name: string;
  readonly kind: Kind;
}

export interface TimeRow {
  readonly contender: string;
  readonly workload: string;
  readonly threads: number;
  /** Nanoseconds an operation. */
  readonly time: number;
  /** By the time of glibc, and by that of the fastest other native one. */
  readonly glibc?: number;
  readonly native?: number;
}

export interface SpaceRow {
  readonly contender: string;
  /** What the number is, one of the texts of a chart. */
  readonly what: string;
  readonly value: number;
}

export interface PageData {
  readonly contenders: readonly Shown[];
  readonly workloads: readonly string[];
  readonly times: readonly TimeRow[];
  /** By recording: `what` is its name, `value` memory that is resident, or mapped, by memory in use. */
  readonly resident: readonly SpaceRow[];
  readonly mapped: readonly SpaceRow[];
  /** Bookkeeping by bytes in use. */
  readonly bookkeeping: readonly SpaceRow[];
  /** Memory taken by a million blocks by what was asked for. */
  readonly taken: readonly SpaceRow[];
  readonly handOvers: readonly SpaceRow[];
}
