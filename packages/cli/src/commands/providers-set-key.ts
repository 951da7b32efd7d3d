import { tellUnheard } from '../behind-words.ts'
import { exitCodes, type Command } from '../command.ts'
import { endWords, pendingWords } from '../provider-key-words.ts'
import { readUntil } from '../read-until.ts'
import { printable } from '../terminal-text.ts'

export const providersSetKey: Command = {
  name: 'providers set-key',
  summary: 'Stores a provider’s key, sealed, in the place of the one before.',
  details:
    'The key is typed at a prompt that does not show it, or read from standard input; it is never an argument. Every replica calls with it when the command returns, without a restart. Nothing tells it again.',
  positionals: ['PROVIDER'],
  options: {
    'access-key-id': {
      type: 'string',
      value: 'ID',
      summary: 'an AWS access-key pair: this is its id, and its secret is read (bedrock only)',
    },
    expires: {
      type: 'string',
      value: 'WHEN',
      summary: '2027-01-31, an ISO instant, or 30d; then it is not used any more',
    },
  },
  examples: [
    'pointsman providers set-key openai',
    'pointsman providers set-key anthropic < key.txt',
    'pointsman providers set-key bedrock --access-key-id AKIAIOSFODNN7EXAMPLE',
  ],
  async run({ client, output, argument, text, terminal }) {
    const provider = argument('PROVIDER')
    const accessKeyId = text('access-key-id')
    const until = readUntil(text('expires'), '--expires', providersSetKey)
    const what = accessKeyId === undefined ? `Key of ${printable(provider)}` : 'Secret access key'
    const key = await terminal.readSecret(`${what} (not shown): `)
    const set = await client.providers.setKey(provider, {
      ...{ key, accessKeyId, expiresAt: until.instant, expiresInSeconds: until.seconds },
    })
    if (output.json) {
      output.value(set)
      return exitCodes.done
    }
    const shown = set.keyLastFour === null ? '' : ` (…${printable(set.keyLastFour)})`
    const end = set.expiresAt === null ? '' : `, until ${endWords(set.expiresAt)}`
    output.line(output.good('✓ ') + printable(`${set.id}: version ${set.version}${shown} is stored${end}.`))
    output.sentence(`  ${set.note ?? pendingWords(set)}`, 2)
    tellUnheard(set, output)
    output.line(output.dim(`Try it: pointsman providers test ${printable(set.id)}`))
    return exitCodes.done
  },
}
