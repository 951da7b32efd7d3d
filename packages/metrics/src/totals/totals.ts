import { other } from '../labels.ts'

/** What is added up of each observation. With bounds it is a histogram, whose last bucket has none. */
export interface Measure<Observed> {
  readonly name: string
  /** Upper bounds of the buckets, rising, each included in its bucket. */
  readonly bounds?: readonly number[]
  /** Null = not known of this one: it is left out. */
  readonly of: (observed: Observed) => number | null
}

/** The labels of one series and what was added up under them; plain, so that it may cross a process. */
export interface SeriesTotals {
  readonly labels: readonly string[]
  /** One list a measure: a sum alone, or the counts of its buckets and then the sum. */
  readonly values: readonly (readonly number[])[]
}

export interface Table<Observed> {
  readonly labels: readonly string[]
  readonly labelsOf: (observed: Observed) => readonly string[]
  readonly measures: readonly Measure<Observed>[]
}

interface Sums {
  readonly labels: readonly string[]
  readonly values: number[][]
}

/** Series by their first label, then their second, …: to join the labels to one text costs more than all these look-ups. */
type Branch = Map<string, Branch | Sums>

/** Sums since the start, by labels. A holder of mutable state. Bound: so many series; those beyond are one `other`. */
export class Totals<Observed> {
  readonly #table: Table<Observed>
  readonly #maxSeries: number
  readonly #root: Branch = new Map()
  readonly #series: Sums[] = []

  constructor(table: Table<Observed>, maxSeries: number) {
    this.#table = table
    this.#maxSeries = maxSeries
  }

  add(observed: Observed): void {
    const { labelsOf, measures } = this.#table
    const { values } = this.#seriesOf(labelsOf(observed))
    for (let index = 0; index < measures.length; index++) {
      const measure = measures[index]
      const sums = values[index]
      const value = measure?.of(observed) ?? null
      if (value === null || sums === undefined) continue
      const last = sums.length - 1
      if (measure?.bounds !== undefined) {
        const bucket = bucketOf(measure.bounds, value)
        sums[bucket] = (sums[bucket] ?? 0) + 1
      }
      sums[last] = (sums[last] ?? 0) + value
    }
  }

  read(): readonly SeriesTotals[] {
    return this.#series.map(({ labels, values }) => ({
      labels,
      values: values.map((sums) => [...sums]),
    }))
  }

  #seriesOf(labels: readonly string[]): Sums {
    let branch: Branch | Sums | undefined = this.#root
    for (const label of labels) {
      if (!(branch instanceof Map)) break
      branch = branch.get(label)
    }
    return branch === undefined || branch instanceof Map ? this.#added(labels) : branch
  }

  #added(labels: readonly string[]): Sums {
    if (this.#series.length >= this.#maxSeries && !labels.every((label) => label === other))
      return this.#seriesOf(labels.map(() => other))
    const values = this.#table.measures.map(({ bounds }) =>
      new Array<number>(bounds === undefined ? 1 : bounds.length + 2).fill(0),
    )
    const made = { labels, values }
    this.#series.push(made)
    let branch = this.#root
    for (const label of labels.slice(0, -1)) {
      const known = branch.get(label)
      const next: Branch = known instanceof Map ? known : new Map<string, Branch | Sums>()
      branch.set(label, next)
      branch = next
    }
    branch.set(labels.at(-1) ?? '', made)
    return made
  }
}

function bucketOf(bounds: readonly number[], value: number): number {
  let index = 0
  while (index < bounds.length && value > (bounds[index] ?? Infinity)) index++
  return index
}

/** The sums of several, by labels. */
export function addUp(all: readonly (readonly SeriesTotals[])[]): readonly SeriesTotals[] {
  const sums = new Map<string, SeriesTotals>()
  for (const series of all.flat()) {
    const key = series.labels.join('\n')
    const before = sums.get(key)
    sums.set(key, before === undefined ? series : { ...series, values: plus(before.values, series.values) })
  }
  return [...sums.values()]
}

const plus = (
  left: readonly (readonly number[])[],
  right: readonly (readonly number[])[],
): readonly (readonly number[])[] => left.map((sums, index) => addLists(sums, right[index] ?? []))

/** Place by place. */
export const addLists = (left: readonly number[], right: readonly number[]): readonly number[] =>
  left.map((sum, at) => sum + (right[at] ?? 0))
