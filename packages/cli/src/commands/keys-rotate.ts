import { exitCodes, type Command } from '../command.ts'
import { showNewKey } from '../show-key.ts'

export const keysRotate: Command = {
  name: 'keys rotate',
  summary: 'Makes a new key; the old one ends at once.',
  details: 'The new one has the same rights and limits.',
  positionals: ['KEY_ID'],
  options: { aws: { type: 'boolean', summary: 'an AWS access-key pair too, for clients that sign' } },
  examples: ['pointsman keys rotate 4mT0aXqLw9Zc'],
  async run({ client, output, argument, flag }) {
    showNewKey(await client.keys.rotate(argument('KEY_ID'), { aws: flag('aws') }), output)
    return exitCodes.done
  },
}
