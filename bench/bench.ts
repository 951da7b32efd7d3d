/** What a bench is told. */
export interface BenchOptions {
  /** The long form; the short one ends within a minute. */
  readonly long: boolean
  /** With a large registry, too; it takes a minute more. */
  readonly large: boolean
  /** One line of what is going on. */
  readonly tell: (line: string) => void
}

/** One line of a bench's table of spans. */
export interface Measured {
  /** What it was measured with, e.g. `seeded`. */
  readonly setting: string
  readonly what: string
  readonly unit: string
  readonly count: number
  /** Null = nothing was measured. */
  readonly p50: number | null
  readonly p99: number | null
  readonly max: number | null
  /** What is aimed at, of the quantile that it names. */
  readonly aim: { readonly of: 'p99' | 'max'; readonly below: number } | null
}

/** A table of any form; cells that are numbers stand to the right, null is shown as a dash. */
export interface Table {
  readonly title: string
  readonly heads: readonly string[]
  readonly rows: readonly (readonly (string | number | null)[])[]
}

/** One figure that is held against a bar, and against what `kept.json` says of it: smaller is better. */
export interface Figure {
  /** `requests/same dialect 0.5 KB: CPU against nginx`; unique among all benches. */
  readonly name: string
  readonly value: number
  /** `×`, `µs`, `ms`, `MB`. */
  readonly unit: string
  /** The smallest and the largest of the rounds. */
  readonly spread?: readonly [number, number]
  readonly bar: number | null
  readonly aim: number | null
  /**
   * It goes into `kept.json` with `--keep`. For what is about the same on any machine, busy or not: a ratio to another program
   * of the same kind and run. nginx is none for a program in JavaScript: a busy machine, whose caches are others', costs that
   * twice as much and nginx nothing.
   */
  readonly isKept?: boolean
}

export interface BenchResult {
  readonly measured: readonly Measured[]
  readonly tables?: readonly Table[]
  readonly figures?: readonly Figure[]
  /** What went against a promise: the bench fails with these. */
  readonly broken: readonly string[]
}

export interface Bench {
  readonly name: string
  readonly says: string
  run(options: BenchOptions): Promise<BenchResult>
}
