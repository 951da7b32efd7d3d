import type { ProviderKeyItem } from '@pointsman/sdk'
import { exitCodes, type Command } from '../command.ts'
import { instant } from '../format.ts'
import { endWords } from '../provider-key-words.ts'
import type { Column } from '../table.ts'
import { take } from '../take.ts'

const columns: readonly Column[] = [
  { heading: 'VERSION', align: 'right' },
  { heading: 'KEY' },
  { heading: 'SET (UTC)' },
  { heading: 'BY', drop: 1 },
  { heading: 'EXPIRES', drop: 2 },
  { heading: 'ENDED (UTC)' },
  { heading: 'BY', drop: 1 },
]

export const providersKeys: Command = {
  name: 'providers keys',
  summary: 'The record of the keys that were stored for a provider: who, when, last four characters.',
  positionals: ['PROVIDER'],
  options: {},
  examples: ['pointsman providers keys openai'],
  async run({ client, output, argument }) {
    const { taken } = await take(client.providers.keys(argument('PROVIDER')).each({}), Infinity)
    if (output.json) output.value(taken)
    else output.table(columns, taken.map(rowOf))
    return exitCodes.done
  },
}

const rowOf = (key: ProviderKeyItem): readonly string[] => [
  String(key.version),
  key.keyLastFour === null ? '-' : `…${key.keyLastFour}`,
  instant(key.setAt).slice(0, 16),
  key.setBy?.id ?? '-',
  endWords(key.expiresAt),
  key.endedAt === null ? 'in force' : instant(key.endedAt).slice(0, 16),
  key.endedBy?.id ?? '-',
]
