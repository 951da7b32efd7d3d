import { errorTable } from '@pointsman/contract'
import { bucketOf, withAllOf, withOneMore } from './latency-buckets.ts'
import type { RecordFacts } from './record-facts.ts'

/** What requests add up to. */
export interface RollupSums {
  readonly requests: number
  readonly errors: number
  readonly refused: number
  readonly fallbacks: number
  readonly unpriced_requests: number
  readonly input_tokens: number
  readonly cache_read_tokens: number
  readonly cache_write_5m_tokens: number
  readonly cache_write_1h_tokens: number
  readonly output_tokens: number
  readonly cost_nano_usd: number
}

interface Latencies {
  readonly duration_buckets: readonly number[]
  readonly first_content_buckets: readonly number[]
}

/** One row of `usage_rollups`, as its columns are named. */
export interface RollupRow extends RollupSums, Latencies {
  readonly hour: string
  readonly workspace_id: string
  readonly dimension: string
  readonly name: string
  readonly route: string
  /** Of all requests together alone; elsewhere null. */
  readonly overhead_buckets: readonly number[] | null
}

/** One row of `usage_minutes`: all requests together. */
export interface MinuteRow extends RollupSums, Latencies {
  readonly minute: string
  readonly workspace_id: string
  readonly overhead_buckets: readonly number[]
}

export interface Rollups {
  readonly hours: readonly RollupRow[]
  readonly minutes: readonly MinuteRow[]
}

const minuteMs = 60_000
const hourMs = 3_600_000

/** As `usage_records.operation` has it; empty where the record does not tell. */
const operationOf = ({ operation }: RecordFacts): string => {
  if (operation === 'embed') return 'embeddings'
  return operation === 'chat-stream' ? 'chat' : (operation ?? '')
}

interface Dimension {
  readonly dimension: string
  readonly nameOf: (record: RecordFacts) => string | null
  readonly routeOf?: (record: RecordFacts) => string | null
}

const byOperation: Dimension = { dimension: 'operation', nameOf: operationOf }

/** Where a use is counted, too; under an empty name where it had none. All uses together are counted by the minute. */
const byUse: readonly Dimension[] = [
  { dimension: 'model', nameOf: ({ modelId }) => modelId },
  { dimension: 'provider', nameOf: ({ provider }) => provider },
  { dimension: 'agent', nameOf: ({ agent }) => agent },
  { dimension: 'use-case', nameOf: ({ useCase }) => useCase },
  { dimension: 'user', nameOf: ({ userId }) => userId },
  { dimension: 'key', nameOf: ({ keyId }) => keyId },
  { dimension: 'route', nameOf: ({ route }) => route },
  { dimension: 'model-route', nameOf: ({ modelId }) => modelId, routeOf: ({ route }) => route },
]
const byAll = [byOperation, ...byUse]

/** Of fallbacks alone. */
const byFallbackCause: Dimension = {
  dimension: 'fallback-cause',
  nameOf: ({ fallbackCause }) => fallbackCause ?? null,
}
const byAllWithCause = [...byAll, byFallbackCause]

/** A count of tokens is no use of a model: elsewhere it would stand as a request without tokens. */
const isUse = ({ operation }: RecordFacts): boolean => operation !== 'count-tokens'

function dimensionsOf(record: RecordFacts): readonly Dimension[] {
  if (!isUse(record)) return [byOperation]
  return record.reason === 'fallback' ? byAllWithCause : byAll
}

/** A request that a model served at a cost that is not known, or may have served before the process died. */
const isUnpriced = ({ costNanoUsd, modelId, outcome }: RecordFacts): boolean =>
  costNanoUsd === null && (modelId !== null || outcome === 'unknown')

/** Refused by us, and not as it was asked for: no usable candidate, not ready. */
const isRefusedByUs = ({ error, outcome, status }: RecordFacts): boolean =>
  outcome === 'refused' && (status ?? (error === null ? 0 : errorTable[error.code].status)) >= 500

/** A caller's own mistake is not an error of the service. */
export const isError = (record: RecordFacts): boolean =>
  record.outcome === 'failed' ||
  record.outcome === 'partial' ||
  record.outcome === 'unknown' ||
  isRefusedByUs(record)

/** Refused as it was asked for: neither served nor failed. */
const isRefusal = (record: RecordFacts): boolean => record.outcome === 'refused' && !isRefusedByUs(record)

/** What one request adds to each of its rows. */
interface Added {
  readonly sums: RollupSums
  readonly durationBucket: number
  readonly firstContentBucket: number | null
}

/** What is added up: the lists are its own, or shared ones that nobody changes. */
type Growing = { -readonly [Column in keyof RollupSums]: number } & {
  duration_buckets: number[]
  first_content_buckets: number[]
}
type GrowingHour = Growing &
  Pick<RollupRow, 'hour' | 'workspace_id' | 'dimension' | 'name' | 'route'> & {
    overhead_buckets: number[] | null
  }
type GrowingMinute = Growing & Pick<MinuteRow, 'minute' | 'workspace_id'> & { overhead_buckets: number[] }

const addedBy = (record: RecordFacts): Added => ({
  sums: {
    requests: 1,
    errors: isError(record) ? 1 : 0,
    refused: isRefusal(record) ? 1 : 0,
    fallbacks: record.reason === 'fallback' ? 1 : 0,
    unpriced_requests: isUnpriced(record) ? 1 : 0,
    input_tokens: record.usage.inputTokens ?? 0,
    cache_read_tokens: record.usage.cacheReadTokens ?? 0,
    cache_write_5m_tokens: record.usage.cacheWrite5mTokens ?? 0,
    cache_write_1h_tokens: record.usage.cacheWrite1hTokens ?? 0,
    output_tokens: record.usage.outputTokens ?? 0,
    cost_nano_usd: record.costNanoUsd ?? 0,
  },
  durationBucket: bucketOf(record.durationMs),
  firstContentBucket: record.firstContentAfterMs === null ? null : bucketOf(record.firstContentAfterMs),
})

/**
 * The rows that these records add to the rollups. Each record is looked at once and found its rows by one short name a
 * dimension: with a key of all five columns the look-ups alone cost 8 µs a record.
 */
export function rollupRows(records: readonly RecordFacts[]): Rollups {
  const hours: GrowingHour[] = []
  const places = new Map<string, Map<string, Map<string, GrowingHour>>>()
  const minutes = new Map<string, GrowingMinute>()
  for (const record of records) {
    const hourStartMs = Math.floor(record.receivedAtMs / hourMs) * hourMs
    const place = `${hourStartMs} ${record.workspace}`
    const byDimension = getOrMake(places, place, () => new Map<string, Map<string, GrowingHour>>())
    const added = addedBy(record)
    for (const { dimension, nameOf, routeOf } of dimensionsOf(record)) {
      const byName = getOrMake(byDimension, dimension, () => new Map<string, GrowingHour>())
      const name = nameOf(record) ?? ''
      const route = routeOf?.(record) ?? ''
      const row = getOrMake(byName, routeOf === undefined ? name : `${name}\n${route}`, () => {
        const hour = new Date(hourStartMs).toISOString()
        const made = emptyHour({ hour, workspace_id: record.workspace, dimension, name, route })
        hours.push(made)
        return made
      })
      add(row, added)
    }
    if (isUse(record)) addToMinute(minutes, record, added)
  }
  return { hours: [...hours, ...hoursOf(minutes.values())], minutes: [...minutes.values()] }
}

function addToMinute(minutes: Map<string, GrowingMinute>, record: RecordFacts, added: Added): void {
  const startMs = Math.floor(record.receivedAtMs / minuteMs) * minuteMs
  const row = getOrMake(minutes, `${startMs} ${record.workspace}`, () => ({
    ...nothing(),
    minute: new Date(startMs).toISOString(),
    workspace_id: record.workspace,
    overhead_buckets: [],
  }))
  add(row, added)
  row.overhead_buckets = withOneMore(row.overhead_buckets, bucketOf(record.overheadUs))
}

/** All requests of an hour are those of its minutes: nothing is added up twice. */
function hoursOf(minutes: Iterable<GrowingMinute>): readonly GrowingHour[] {
  const hours = new Map<string, GrowingHour>()
  for (const { minute, overhead_buckets, workspace_id, ...counted } of minutes) {
    const hour = new Date(Math.floor(Date.parse(minute) / hourMs) * hourMs).toISOString()
    const row = getOrMake(hours, `${hour} ${workspace_id}`, () =>
      emptyHour({ hour, workspace_id, dimension: 'all', name: '', route: '' }),
    )
    addSums(row, counted)
    row.duration_buckets = withAllOf(row.duration_buckets, counted.duration_buckets)
    row.first_content_buckets = withAllOf(row.first_content_buckets, counted.first_content_buckets)
    row.overhead_buckets = withAllOf(row.overhead_buckets ?? [], overhead_buckets)
  }
  return [...hours.values()]
}

function getOrMake<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const present = map.get(key)
  if (present !== undefined) return present
  const made = make()
  map.set(key, made)
  return made
}

const nothing = (): Growing => ({
  requests: 0,
  errors: 0,
  refused: 0,
  fallbacks: 0,
  unpriced_requests: 0,
  input_tokens: 0,
  cache_read_tokens: 0,
  cache_write_5m_tokens: 0,
  cache_write_1h_tokens: 0,
  output_tokens: 0,
  cost_nano_usd: 0,
  duration_buckets: [],
  first_content_buckets: [],
})

const emptyHour = (
  key: Pick<RollupRow, 'hour' | 'workspace_id' | 'dimension' | 'name' | 'route'>,
): GrowingHour => ({ ...key, ...nothing(), overhead_buckets: null })

function add(row: Growing, { durationBucket, firstContentBucket, sums }: Added): void {
  addSums(row, sums)
  row.duration_buckets = withOneMore(row.duration_buckets, durationBucket)
  if (firstContentBucket !== null)
    row.first_content_buckets = withOneMore(row.first_content_buckets, firstContentBucket)
}

function addSums(row: Growing, sums: RollupSums): void {
  row.requests += sums.requests
  row.errors += sums.errors
  row.refused += sums.refused
  row.fallbacks += sums.fallbacks
  row.unpriced_requests += sums.unpriced_requests
  row.input_tokens += sums.input_tokens
  row.cache_read_tokens += sums.cache_read_tokens
  row.cache_write_5m_tokens += sums.cache_write_5m_tokens
  row.cache_write_1h_tokens += sums.cache_write_1h_tokens
  row.output_tokens += sums.output_tokens
  row.cost_nano_usd += sums.cost_nano_usd
}
