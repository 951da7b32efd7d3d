/**
 * Fixed log-scale buckets, so that rollups of any hours add up: bucket 0 holds up to 1 (millisecond of a latency, microsecond
 * of an overhead), each next one reaches 2^(1/4) times further (19 %), the last one (17 minutes or a second, and more) holds
 * the rest. A changed scale would need a new column: counts of two scales cannot be added.
 */
const bucketsPerOctave = 4
const lastBucket = 80
export const bucketCount = lastBucket + 1

export const bucketOf = (duration: number): number =>
  duration <= 1 ? 0 : Math.min(lastBucket, Math.ceil(Math.log2(duration) * bucketsPerOctave))

/** Most rows of a batch count one request, so that these lists are shared by thousands and never changed. */
const listsOfOne: readonly number[][] = Array.from({ length: lastBucket + 1 }, (_, bucket) => [
  ...Array.from({ length: bucket }, () => 0),
  1,
])

const isShared = (counts: number[]): boolean => counts === listsOfOne[counts.length - 1]

/**
 * The list with one more in a bucket, in place of the given one, which may be the same: a copy for each request was most of
 * what a row cost. None has empty buckets at its end.
 */
export function withOneMore(counts: number[], bucket: number): number[] {
  if (counts.length === 0) return listsOfOne[bucket] ?? []
  const own = isShared(counts) ? counts.slice() : counts
  while (own.length <= bucket) own.push(0)
  own[bucket] = (own[bucket] ?? 0) + 1
  return own
}

/** Two lists added up, in place of the first one. */
export function withAllOf(counts: number[], others: readonly number[]): number[] {
  const own = counts.length === 0 || isShared(counts) ? counts.slice() : counts
  while (own.length < others.length) own.push(0)
  for (const [bucket, count] of others.entries()) own[bucket] = (own[bucket] ?? 0) + count
  return own
}

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
