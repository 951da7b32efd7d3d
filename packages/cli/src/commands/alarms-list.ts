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
  options: { cleared: { type: 'boolean', summary: 'what is over, too' } },
  examples: ['pointsman alarms list', 'pointsman alarms list --cleared'],
  async run({ client, flag, output }) {
    const { taken } = await take(client.alarms.each({ includeCleared: flag('cleared') }), Infinity)
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
    return exitCodes.done
  },
}
