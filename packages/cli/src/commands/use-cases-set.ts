import { tellBehind } from '../behind-words.ts'
import { captureOf, captureOption } from '../capture-option.ts'
import { exitCodes, type Command } from '../command.ts'
import { heartbeatOf, heartbeatOption } from '../heartbeat-option.ts'
import { printable } from '../terminal-text.ts'

export const useCasesSet: Command = {
  name: 'use-cases set',
  summary: 'Sets rules of a use case, and adds the use case where it is new.',
  details: 'Its model is moved by `pointsman switch`.',
  positionals: ['USE_CASE'],
  options: { ...captureOption, ...heartbeatOption },
  examples: [
    'pointsman use-cases set clinical --heartbeat 15',
    'pointsman use-cases set operations --capture on',
  ],
  async run(asked) {
    const { client, output, argument } = asked
    const order = { ...captureOf(asked), ...heartbeatOf(asked, useCasesSet) }
    const item = await client.useCases.put(argument('USE_CASE'), order)
    if (output.json) output.value(item)
    else {
      output.line(output.good('✓ ') + printable(item.key))
      output.line(output.dim(`  Revision ${item.revision}.`))
      tellBehind(item, output)
    }
    return exitCodes.done
  },
}
