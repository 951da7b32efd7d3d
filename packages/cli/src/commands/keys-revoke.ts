import { tellBehind } from '../behind-words.ts'
import { exitCodes, type Command } from '../command.ts'
import { printable } from '../terminal-text.ts'

export const keysRevoke: Command = {
  name: 'keys revoke',
  summary: 'Ends a key at once, on every replica that reaches the database.',
  details:
    'A replica that is cut off from the database goes on taking the key until it reaches it again, for a day at most. Such replicas are named.',
  positionals: ['KEY_ID'],
  options: {},
  examples: ['pointsman keys revoke 4mT0aXqLw9Zc'],
  async run({ client, output, argument }) {
    const key = await client.keys.revoke(argument('KEY_ID'))
    if (output.json) output.value(key)
    else {
      output.line(output.good('✓ ') + printable(`Key "${key.name}" (…${key.lastFour}) is revoked.`))
      tellBehind(key, output)
    }
    return exitCodes.done
  },
}
