import { exitCodes, type Command } from '../command.ts'
import { printable } from '../terminal-text.ts'

export const costAlarmsRemove: Command = {
  name: 'cost-alarms remove',
  summary: 'Removes an alarm on cost; what it raised is cleared.',
  positionals: ['NAME'],
  options: {},
  examples: ['pointsman cost-alarms remove budget'],
  async run({ argument, client, output }) {
    const name = argument('NAME')
    const removed = await client.costAlarms.remove(name)
    if (output.json) output.value(removed)
    else output.line(output.good('✓ ') + printable(`${name} is removed.`))
    return exitCodes.done
  },
}
