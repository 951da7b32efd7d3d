/** What a bench is told. */
export interface BenchOptions {
  /** The long form; the short one ends within a minute. */
  readonly long: boolean
  /** With a large registry, too; it takes a minute more. */
  readonly large: boolean
  /** One line of what is going on. */
  readonly tell: (line: string) => void
}

/** One line of a bench's table. */
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

export interface BenchResult {
  readonly measured: readonly Measured[]
  /** What went against a promise: the bench fails with these. */
  readonly broken: readonly string[]
}

export interface Bench {
  readonly name: string
  readonly says: string
  run(options: BenchOptions): Promise<BenchResult>
}
