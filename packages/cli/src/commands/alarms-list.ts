import { exitCodes, type Command } from '../command.ts'
import { instant } from '../format.ts'
import type { Column } from '../table.ts'
import { take } from '../take.ts'

const columns: readonly Column[] = [
  { heading: 'SINCE (UTC)' },
  { heading: 'KIND', least: 12 },
  { heading: 'SUBJECT', least: 12 },
  { heading: 'STATE' },
  { heading: 'MESSAGE', below: true },
]

export const alarmsList: Command = {
  name: 'alarms list',
  summary: 'What an operator should know, newest first.',
  positionals: [],
  options: {
    cleared: { type: 'boolean', summary: 'what is over, too' },
    limit: { type: 'string', value: 'N', summary: 'at most this many; with --cleared 20 unless given' },
  },
  examples: ['pointsman alarms list', 'pointsman alarms list --cleared'],
  async run({ client, flag, number, output }) {
    const includeCleared = flag('cleared')
    // What stands is to be seen whole; what is over only grows.
    const limit = number('limit', 1) ?? (includeCleared ? 20 : Infinity)
    const paging = limit === Infinity ? {} : { limit: Math.min(1_000, limit + 1) }
    const { taken, more } = await take(client.alarms.each({ includeCleared, ...paging }), limit)
    if (output.json) output.value(taken)
    else if (taken.length === 0) output.line('No alarm stands.')
    else
      output.table(
        columns,
        taken.map(({ clearedAt, kind, message, since, subject }) => [
          instant(since),
          kind,
          subject,
          clearedAt === null ? 'stands' : `over ${instant(clearedAt)}`,
          message,
        ]),
      )
    if (more && !output.json) output.line(output.dim(`There are more: --limit ${limit * 5}`))
    return exitCodes.done
  },
}
