import type { SqlValue, Transaction } from '../database.ts'
import * as read from '../row-values.ts'
import { numbersLiteral, textsLiteral } from './array-literal.ts'
import { dayOf, unfoldDays } from './days.ts'
import { rollupRows, type MinuteRow, type RollupRow } from './rollup-rows.ts'
import type { RecordFacts } from './record-facts.ts'

const sums = [
  'requests',
  'errors',
  'refused',
  'fallbacks',
  'unpriced_requests',
  'input_tokens',
  'cache_read_tokens',
  'cache_write_5m_tokens',
  'cache_write_1h_tokens',
  'output_tokens',
  'cost_nano_usd',
] as const
const buckets = ['duration_buckets', 'first_content_buckets', 'overhead_buckets'] as const

const hourKey = ['hour', 'workspace_id', 'dimension', 'name', 'route'] as const
const minuteKey = ['minute', 'workspace_id'] as const

const isInstant = (column: string): boolean => column === 'hour' || column === 'minute'

/**
 * Each column a list, as text: JSON's names would be half of what is sent and read. In one order: two that ingest at once never
 * wait for each other in a circle. Lists of counts that are not kept of a row are empty texts.
 */
function statementOf(table: string, key: readonly string[]): string {
  const columns = [...key, ...sums, ...buckets]
  const typeOf = (column: string): string =>
    isInstant(column) ? 'timestamptz' : sums.some((sum) => sum === column) ? 'bigint' : 'text'
  return `
  INSERT INTO ${table} AS present (${columns.join(', ')})
  SELECT ${[...key, ...sums, ...buckets.map((name) => `nullif(${name}, '')::bigint[]`)].join(', ')}
  FROM unnest(${columns.map((column, at) => `$${at + 1}::text::${typeOf(column)}[]`).join(', ')})
    AS given (${columns.join(', ')})
  ORDER BY ${key.map((column) => (isInstant(column) ? column : `${column} COLLATE "C"`)).join(', ')}
  ON CONFLICT (${key.join(', ')}) DO UPDATE SET ${[
    ...sums.map((name) => `${name} = present.${name} + excluded.${name}`),
    ...buckets.map(
      (name) =>
        `${name} = coalesce(pointsman.add_buckets(present.${name}, excluded.${name}), present.${name}, excluded.${name})`,
    ),
  ].join(', ')}`
}

const intoHours = statementOf('pointsman.usage_rollups', hourKey)
const intoMinutes = statementOf('pointsman.usage_minutes', minuteKey)

/** Adds records, each of which is new to the database, to the sums of their hours and minutes. */
export async function addRollups(transaction: Transaction, records: readonly RecordFacts[]): Promise<void> {
  if (records.length === 0) return
  const today = dayOf(Date.now())
  const past = new Set(records.map(({ receivedAtMs }) => dayOf(receivedAtMs)).filter((day) => day < today))
  if (past.size > 0) await unfoldDays(transaction, [...past])
  const { hours, minutes } = rollupRows(records)
  await transaction.query(intoHours, valuesOf(hourKey, hours))
  if (minutes.length > 0) await transaction.query(intoMinutes, valuesOf(minuteKey, minutes))
}

function valuesOf<Name extends string>(
  key: readonly Name[],
  rows: readonly ((RollupRow | MinuteRow) & { readonly [Column in Name]: string })[],
): readonly SqlValue[] {
  return [
    ...key.map((name) => read.storableText(textsLiteral(rows.map((row) => row[name])))),
    ...sums.map((name) => numbersLiteral(rows.map((row) => row[name]))),
    ...buckets.map((name) => textsLiteral(rows.map((row) => bucketsLiteral(row[name], row.requests)))),
  ]
}

/** Most rows of users count one request: as many texts as there are buckets. */
const ofOne: readonly string[] = Array.from({ length: 81 }, (_, zeros) => `{${'0,'.repeat(zeros)}1}`)

const bucketsLiteral = (counts: readonly number[] | null, requests: number): string => {
  if (counts === null) return ''
  return (requests === 1 ? ofOne[counts.length - 1] : undefined) ?? numbersLiteral(counts)
}
