import type { SwitchRow } from '@pointsman/sdk'
import { exitCodes, type Command } from '../command.ts'
import { instant } from '../format.ts'
import { take } from '../take.ts'
import type { Column } from '../table.ts'

const columns: readonly Column[] = [
  { heading: 'WHEN (UTC)' },
  { heading: 'SCOPE', least: 17 },
  { heading: 'FROM', least: 14, drop: 2 },
  { heading: 'TO', least: 14 },
  { heading: 'STATE' },
  { heading: 'REV', align: 'right', drop: 1 },
  { heading: 'ID', below: true },
  { heading: 'BY', below: true },
  { heading: 'REASON', least: 16, below: true },
]

export const switchesList: Command = {
  name: 'switches list',
  summary: 'What was switched, newest first.',
  positionals: [],
  options: {
    limit: { type: 'string', value: 'N', summary: 'at most this many; 20 unless given' },
    model: { type: 'string', value: 'ID', summary: 'from or to this model' },
    'use-case': { type: 'string', value: 'NAME', summary: 'of this use case' },
    agent: { type: 'string', value: 'NAME', summary: 'of this agent' },
    user: { type: 'string', value: 'ID', summary: 'of this user' },
    conversation: { type: 'string', value: 'ID', summary: 'of this conversation' },
    refused: { type: 'boolean', summary: 'refused attempts, too' },
  },
  examples: ['pointsman switches list', 'pointsman switches list --use-case clinical --refused'],
  async run({ client, output, text, number, flag }) {
    const limit = number('limit', 1) ?? 20
    const { taken, more } = await take(
      client.switches.each({
        limit: Math.min(1_000, limit + 1),
        modelId: text('model'),
        useCase: text('use-case'),
        agent: text('agent'),
        userId: text('user'),
        conversationId: text('conversation'),
        includeRefused: flag('refused') ? true : undefined,
      }),
      limit,
    )
    if (output.json) output.value(taken)
    else if (taken.length === 0) output.line('Nothing was switched yet.')
    else output.table(columns, taken.map(rowOf))
    if (more && !output.json) output.line(output.dim(`There are more: --limit ${limit * 5}`))
    return exitCodes.done
  },
}

const rowOf = (row: SwitchRow): readonly string[] => [
  instant(row.recordedAt).slice(0, 16),
  row.scopeText,
  row.from ?? row.fromId ?? '-',
  row.to ?? row.toId ?? '-',
  row.state,
  row.revision === null ? '-' : String(row.revision.number),
  row.id,
  row.actor.kind === row.actor.id ? row.actor.id : `${row.actor.kind} ${row.actor.id}`,
  row.refusal === null ? (row.reason ?? '-') : `refused: ${row.refusal.message}`,
]
