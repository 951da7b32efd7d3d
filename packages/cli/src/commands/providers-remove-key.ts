import { tellUnheard } from '../behind-words.ts'
import { exitCodes, type Command } from '../command.ts'
import { pendingWords } from '../provider-key-words.ts'
import { printable } from '../terminal-text.ts'

export const providersRemoveKey: Command = {
  name: 'providers remove-key',
  summary: 'Takes a provider’s stored key away, at once on every replica.',
  details:
    'Secrets Manager, the variable or the AWS credential chain is used from then on, where one of them has a key.',
  positionals: ['PROVIDER'],
  options: {},
  examples: ['pointsman providers remove-key openai'],
  async run({ client, output, argument }) {
    const removed = await client.providers.removeKey(argument('PROVIDER'))
    if (output.json) {
      output.value(removed)
      return exitCodes.done
    }
    output.line(output.good('✓ ') + printable(`${removed.id}: version ${removed.version} is gone.`))
    output.sentence(`  ${removed.note ?? pendingWords(removed).replace('with it.', 'without it.')}`, 2)
    tellUnheard(removed, output)
    return exitCodes.done
  },
}
