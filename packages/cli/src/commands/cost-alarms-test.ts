import { exitCodes, type Command } from '../command.ts'
import { printable } from '../terminal-text.ts'

export const costAlarmsTest: Command = {
  name: 'cost-alarms test',
  summary: 'Sends an alarm’s webhook a message that tells nothing but that it arrives.',
  positionals: ['NAME'],
  options: {},
  examples: ['pointsman cost-alarms test budget'],
  async run({ argument, client, output }) {
    const name = argument('NAME')
    const queued = await client.costAlarms.test(name)
    if (output.json) output.value(queued)
    else
      output.line(
        output.good('✓ ') + printable(`It is on its way. What became of it: pointsman cost-alarms list`),
      )
    return exitCodes.done
  },
}
