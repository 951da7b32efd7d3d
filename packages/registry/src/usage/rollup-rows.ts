import { errorTable, type UsageRecord } from '@pointsman/contract'
import { countBuckets } from './latency-buckets.ts'

/** One row of `usage_rollups`, as the statement's JSON names it. */
export interface RollupRow {
  readonly hour: string
  readonly workspace_id: string
  readonly dimension: string
  readonly name: string
  readonly route: string
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
  readonly duration_buckets: readonly number[]
  readonly first_content_buckets: readonly number[]
}

const hourMs = 3_600_000

type Place = readonly [dimension: string, name: string, route: string]

/** As `usage_records.operation` has it; empty where the record does not tell. */
const operationOf = ({ operation }: UsageRecord): string => {
  if (operation === 'embed') return 'embeddings'
  return operation === 'chat-stream' ? 'chat' : (operation ?? '')
}

/** A count of tokens is no use of a model: elsewhere it would stand as a request without tokens. */
const placesOf = (record: UsageRecord): readonly Place[] => {
  const operation: Place = ['operation', operationOf(record), '']
  return record.operation === 'count-tokens' ? [operation] : [operation, ...placesOfUse(record)]
}

/** Where a use is counted; empty where it had none. */
const placesOfUse = (record: UsageRecord): readonly Place[] => [
  ['all', '', ''],
  ['model', record.modelId ?? '', ''],
  ['provider', record.provider ?? '', ''],
  ['agent', record.agent ?? '', ''],
  ['use-case', record.useCase ?? '', ''],
  ['user', record.userId ?? '', ''],
  ['key', record.keyId ?? '', ''],
  ['route', record.route ?? '', ''],
  ['model-route', record.modelId ?? '', record.route ?? ''],
]

/** A request that a model served at a cost that is not known, or may have served before the process died. */
const isUnpriced = ({ costNanoUsd, modelId, outcome }: UsageRecord): boolean =>
  costNanoUsd === null && (modelId !== null || outcome === 'unknown')

/** Refused by us, and not as it was asked for: no usable candidate, not ready. */
const isRefusedByUs = ({ error, outcome, status }: UsageRecord): boolean =>
  outcome === 'refused' && (status ?? (error === null ? 0 : errorTable[error.code].status)) >= 500

/** A caller's own mistake is not an error of the service. */
export const isError = (record: UsageRecord): boolean =>
  record.outcome === 'failed' ||
  record.outcome === 'partial' ||
  record.outcome === 'unknown' ||
  isRefusedByUs(record)

/** Refused as it was asked for: neither served nor failed. */
const isRefusal = (record: UsageRecord): boolean => record.outcome === 'refused' && !isRefusedByUs(record)

interface Group {
  readonly key: Pick<RollupRow, 'hour' | 'workspace_id' | 'dimension' | 'name' | 'route'>
  readonly records: UsageRecord[]
}

/** The rows that these records add to the rollups. */
export function rollupRows(records: readonly UsageRecord[]): readonly RollupRow[] {
  const groups = new Map<string, Group>()
  for (const record of records) {
    const hour = new Date(Math.floor(record.receivedAtMs / hourMs) * hourMs).toISOString()
    for (const [dimension, name, route] of placesOf(record)) {
      const key = { hour, workspace_id: record.workspace, dimension, name, route }
      const id = JSON.stringify(key)
      const group = groups.get(id)
      if (group === undefined) groups.set(id, { key, records: [record] })
      else group.records.push(record)
    }
  }
  return [...groups.values()].map(({ key, records: members }) => ({ ...key, ...sums(members) }))
}

function sums(records: readonly UsageRecord[]): Omit<RollupRow, keyof Group['key']> {
  const sum = (of: (record: UsageRecord) => number | null): number =>
    records.reduce((total, record) => total + (of(record) ?? 0), 0)
  const count = (of: (record: UsageRecord) => boolean): number => records.filter(of).length
  return {
    requests: records.length,
    errors: count(isError),
    refused: count(isRefusal),
    fallbacks: count((record) => record.reason === 'fallback'),
    unpriced_requests: count(isUnpriced),
    input_tokens: sum((record) => record.usage.inputTokens),
    cache_read_tokens: sum((record) => record.usage.cacheReadTokens),
    cache_write_5m_tokens: sum((record) => record.usage.cacheWrite5mTokens),
    cache_write_1h_tokens: sum((record) => record.usage.cacheWrite1hTokens),
    output_tokens: sum((record) => record.usage.outputTokens),
    cost_nano_usd: sum((record) => record.costNanoUsd),
    duration_buckets: countBuckets(records.map((record) => record.durationMs)),
    first_content_buckets: countBuckets(records.flatMap((record) => record.firstContentAfterMs ?? [])),
  }
}
