import { inputTokensOfRecord, type UsageRecordQuestion } from '@pointsman/sdk'
import { exitCodes, oneOf, type Command } from '../command.ts'
import { count, dollars, instant, milliseconds } from '../format.ts'
import { readWhen } from '../read-when.ts'
import type { Column } from '../table.ts'
import { take } from '../take.ts'

const outcomes = ['ok', 'partial', 'refused', 'failed', 'client-closed', 'unknown'] as const

const columns: readonly Column[] = [
  { heading: 'WHEN (UTC)' },
  { heading: 'ROUTE', least: 14 },
  { heading: 'MODEL', least: 20, below: true },
  { heading: 'OUTCOME' },
  { heading: 'TIME', align: 'right' },
  { heading: 'TOKENS', align: 'right', drop: 1 },
  { heading: 'COST', align: 'right' },
  { heading: 'REQUEST', below: true },
]

export const usageRecords: Command = {
  name: 'usage records',
  summary: 'Single requests, newest first.',
  details: '"pointsman explain" tells more of one.',
  positionals: [],
  options: {
    limit: { type: 'string', value: 'N', summary: 'at most this many; 20 unless given' },
    from: { type: 'string', value: 'WHEN', summary: 'a date or an instant' },
    to: { type: 'string', value: 'WHEN', summary: 'not included' },
    route: { type: 'string', value: 'ROUTE', summary: 'use-case/clinical, agent/sql_agent, default' },
    model: { type: 'string', value: 'ID', summary: 'served by this model' },
    user: { type: 'string', value: 'ID', summary: 'of this user' },
    conversation: { type: 'string', value: 'ID', summary: 'of this conversation' },
    'key-id': { type: 'string', value: 'ID', summary: 'with this key' },
    outcome: { type: 'string', value: 'WORD', summary: outcomes.join(', ') },
    drill: { type: 'string', value: 'ID', summary: 'drawn by this drill' },
  },
  examples: ['pointsman usage records --route use-case/clinical --outcome failed'],
  async run(asked) {
    const { client, output, text, number } = asked
    const limit = number('limit', 1) ?? 20
    const question: UsageRecordQuestion = {
      from: readWhen(asked, 'from'),
      to: readWhen(asked, 'to'),
      route: text('route'),
      modelId: text('model'),
      userId: text('user'),
      conversationId: text('conversation'),
      keyId: text('key-id'),
      outcome: oneOf('outcome', text('outcome'), outcomes),
      drill: text('drill'),
    }
    const records = client.usage.records.each({ ...question, limit: Math.min(1_000, limit + 1) })
    const { taken, more } = await take(records, limit)
    if (output.json) output.value(taken)
    else if (taken.length === 0) output.line('No records.')
    else
      output.table(
        columns,
        taken.map((record) => [
          instant(record.receivedAtMs),
          record.route ?? record.requested,
          record.modelId ?? '-',
          record.outcome,
          milliseconds(record.durationMs),
          `${count(inputTokensOfRecord(record))} + ${count(record.usage.outputTokens)}`,
          dollars(record.costNanoUsd === null ? null : record.costNanoUsd / 1e9),
          record.requestId,
        ]),
      )
    if (more && !output.json) output.line(output.dim(`There are more: --limit ${limit * 5}`))
    return exitCodes.done
  },
}
