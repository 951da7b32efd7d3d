import type { Transaction } from '../database.ts'
import * as read from '../row-values.ts'
import { numbersLiteral, textsLiteral } from './array-literal.ts'
import { dayOf, unfoldDays } from './days.ts'
import { rollupRows } from './rollup-rows.ts'
import type { RecordFacts } from './record-facts.ts'

const texts = ['hour', 'workspace_id', 'dimension', 'name', 'route'] as const
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
const buckets = ['duration_buckets', 'first_content_buckets'] as const

const columns = [...texts, ...sums, ...buckets]
const isSum = (column: string): boolean => sums.some((sum) => sum === column)
const typeOf = (column: string): string => {
  if (column === 'hour') return 'timestamptz'
  return isSum(column) ? 'bigint' : 'text'
}

/**
 * Each column a list, as text: JSON's names would be half of what is sent and read. In one order: two that ingest at once never
 * wait for each other in a circle.
 */
const statement = `
  INSERT INTO pointsman.usage_rollups AS present (${columns.join(', ')})
  SELECT ${[...texts, ...sums, ...buckets.map((name) => `${name}::bigint[]`)].join(', ')}
  FROM unnest(${columns.map((column, at) => `$${at + 1}::text::${typeOf(column)}[]`).join(', ')})
    AS given (${columns.join(', ')})
  ORDER BY hour, workspace_id COLLATE "C", dimension COLLATE "C", name COLLATE "C", route COLLATE "C"
  ON CONFLICT (hour, workspace_id, dimension, name, route) DO UPDATE SET ${[
    ...sums.map((name) => `${name} = present.${name} + excluded.${name}`),
    ...buckets.map((name) => `${name} = pointsman.add_buckets(present.${name}, excluded.${name})`),
  ].join(', ')}`

/** Adds records, each of which is new to the database, to the sums of their hours. */
export async function addRollups(transaction: Transaction, records: readonly RecordFacts[]): Promise<void> {
  if (records.length === 0) return
  const today = dayOf(Date.now())
  const past = new Set(records.map(({ receivedAtMs }) => dayOf(receivedAtMs)).filter((day) => day < today))
  if (past.size > 0) await unfoldDays(transaction, [...past])
  const rows = rollupRows(records)
  await transaction.query(statement, [
    ...texts.map((name) => read.storableText(textsLiteral(rows.map((row) => row[name])))),
    ...sums.map((name) => numbersLiteral(rows.map((row) => row[name]))),
    ...buckets.map((name) => textsLiteral(rows.map((row) => bucketsLiteral(row[name], row.requests)))),
  ])
}

/** Most rows of users count one request: as many texts as there are buckets. */
const ofOne: readonly string[] = Array.from({ length: 81 }, (_, zeros) => `{${'0,'.repeat(zeros)}1}`)

const bucketsLiteral = (counts: readonly number[], requests: number): string =>
  (requests === 1 ? ofOne[counts.length - 1] : undefined) ?? numbersLiteral(counts)
