import { exitCodes, type Command } from '../command.ts'
import { readUntil } from '../read-until.ts'
import { showNewKey } from '../show-key.ts'

export const keysRotate: Command = {
  name: 'keys rotate',
  summary: 'Makes a new key; the old one ends at once, or when you say.',
  details: 'The new one has the same rights and limits, and counts on where the old one stood.',
  positionals: ['KEY_ID'],
  options: {
    overlap: {
      type: 'string',
      value: 'WHEN',
      summary: 'the old key is good until then: 24h, 7d, 2027-01-31',
    },
    aws: { type: 'boolean', summary: 'an AWS access-key pair too, for clients that sign' },
  },
  examples: ['pointsman keys rotate 4mT0aXqLw9Zc', 'pointsman keys rotate 4mT0aXqLw9Zc --overlap 24h'],
  async run({ client, output, argument, flag, text }) {
    const overlap = text('overlap')
    const { instant: until, seconds } = readUntil(overlap, '--overlap', keysRotate)
    const key = await client.keys.rotate(argument('KEY_ID'), {
      ...{ aws: flag('aws'), overlapSeconds: seconds, until },
    })
    showNewKey(key, output)
    if (overlap !== undefined && !output.json)
      output.sentence(
        `The old key is good ${until === undefined ? `for ${overlap} more` : `until ${until}`}.`,
      )
    return exitCodes.done
  },
}
