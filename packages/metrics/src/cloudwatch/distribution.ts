/** One percent: what a percentile may be off by. */
const growth = Math.log(1.01)

interface Bucket {
  sum: number
  count: number
}

/**
 * How values were spread, in buckets one percent wide. A bucket is told by the mean of what fell into it, so that sums and
 * counts are exact. A holder of mutable state. Bound: some 2,000 buckets between a billionth and a billion.
 */
export class Distribution {
  readonly #buckets = new Map<number, Bucket>()
  count = 0

  /** `value`: 0 or more. */
  add(value: number): void {
    const index = value > 0 ? Math.floor(Math.log(value) / growth) : Number.NEGATIVE_INFINITY
    const bucket = this.#buckets.get(index)
    this.count += 1
    if (bucket === undefined) {
      this.#buckets.set(index, { sum: value, count: 1 })
    } else {
      bucket.sum += value
      bucket.count += 1
    }
  }

  /** Each value with how often it came, at most so many in one list. */
  lists(most: number): readonly { readonly values: number[]; readonly counts: number[] }[] {
    const all = [...this.#buckets.values()]
    const lists = []
    for (let at = 0; at < all.length; at += most) {
      const part = all.slice(at, at + most)
      lists.push({
        values: part.map(({ count, sum }) => sum / count),
        counts: part.map(({ count }) => count),
      })
    }
    return lists
  }
}
