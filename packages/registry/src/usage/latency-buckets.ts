/**
 * Fixed log-scale buckets, so that rollups of any hours add up: bucket 0 holds up to 1 (millisecond of a latency, microsecond
 * of an overhead), each next one reaches 2^(1/4) times further (19 %), the last one (17 minutes or a second, and more) holds
 * the rest. A changed scale would need a new column: counts of two scales cannot be added.
 */
const bucketsPerOctave = 4
const lastBucket = 80
export const bucketCount = lastBucket + 1

/** Where each bucket but the first begins: the least double that is more than what the one before reaches to. */
export const bucketStarts: readonly number[] = Array.from(
  { length: lastBucket },
  (_, bucket) => 2 ** (bucket / bucketsPerOctave) * (1 + Number.EPSILON),
)

/** The geometric middle of the bucket in which the quantile lies, in what was counted by; null without counts. */
export function quantileOf(counts: readonly number[], share: number): number | null {
  const total = counts.reduce((sum, count) => sum + count, 0)
  if (total === 0) return null
  const wanted = Math.max(1, Math.ceil(total * share))
  let seen = 0
  const bucket = counts.findIndex((count) => {
    seen += count
    return seen >= wanted
  })
  return bucket === 0 ? 1 : Math.round(2 ** ((bucket - 0.5) / bucketsPerOctave) * 10) / 10
}

/**
 * Counts below 10^15 as the database writes them (more would have an exponent). By hand, since a report has a hundred thousand
 * of them: 0.6 µs a list and not 1.8.
 */
export function readCounts(text: string): readonly number[] {
  const counts: number[] = []
  if (text === '') return counts
  let count = 0
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code === comma) {
      counts.push(count)
      count = 0
    } else {
      count = count * 10 + (code - zero)
    }
  }
  counts.push(count)
  return counts
}

const comma = 44
const zero = 48
