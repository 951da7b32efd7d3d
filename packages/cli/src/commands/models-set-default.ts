import { tellBehind } from '../behind-words.ts'
import { exitCodes, type Command } from '../command.ts'
import { reasonOption } from '../set-availability.ts'
import { printable } from '../terminal-text.ts'

export const modelsSetDefault: Command = {
  name: 'models set-default',
  summary: 'Makes a model the default.',
  details:
    'It serves wherever nothing else is set. A disabled model is enabled by it. Use cases and agents with a model of their own keep theirs.',
  positionals: ['MODEL_ID'],
  options: reasonOption,
  examples: ['pointsman models set-default eu.amazon.nova-pro-v1:0 --reason "New baseline"'],
  async run({ client, output, argument, text }) {
    const detail = await client.models.setDefault(argument('MODEL_ID'), { reason: text('reason') })
    if (output.json) output.value(detail)
    else {
      output.line(output.good('✓ ') + printable(`${detail.name} is the default now.`))
      tellBehind(detail, output)
    }
    return exitCodes.done
  },
}
