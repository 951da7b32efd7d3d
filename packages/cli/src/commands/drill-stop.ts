import { tellUnheard } from '../behind-words.ts'
import { exitCodes, type Command } from '../command.ts'
import { printable } from '../terminal-text.ts'

export const drillStop: Command = {
  name: 'drill stop',
  summary: 'Ends a drill at once, also for calls that it holds up.',
  positionals: ['DRILL_ID'],
  options: { reason: { type: 'string', value: 'TEXT', summary: 'why; stands in the record' } },
  examples: ['pointsman drill stop 0b6ff6a4-6a55-4f2c-9ad1-6f4e0d3c9a10'],
  async run({ argument, client, output, text }) {
    const drill = await client.drills.stop(argument('DRILL_ID'), text('reason') ?? null)
    if (output.json) output.value(drill)
    else {
      const told = drill.state === 'stopped' ? 'stopped' : `over already: ${drill.state}`
      output.line(output.good('✓ ') + printable(`The drill on ${drill.route} is ${told}.`))
      if (drill.pending.length > 0)
        output.line(output.dim(printable(`  Not told yet: ${drill.pending.join(', ')}`)))
      tellUnheard(drill, output)
    }
    return exitCodes.done
  },
}
