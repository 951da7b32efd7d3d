import type { ProviderItem } from '@pointsman/sdk'
import { exitCodes, type Command } from '../command.ts'
import { heldWords } from '../model-columns.ts'
import type { Column } from '../table.ts'
import { take } from '../take.ts'

const columns: readonly Column[] = [
  { heading: 'PROVIDER' },
  { heading: 'STATE', below: true },
  { heading: 'KEY' },
  { heading: 'MODELS', align: 'right' },
  { heading: 'HELD BACK', below: true },
]

export const providersList: Command = {
  name: 'providers list',
  summary: 'Who serves the models, what is missing, and which models are held back after failures.',
  details: 'A model that is held back is not called while another candidate can answer.',
  positionals: [],
  options: {},
  examples: ['pointsman providers list'],
  async run({ client, output }) {
    const { taken } = await take(client.providers.each({}), Infinity)
    if (output.json) output.value(taken)
    else output.table(columns, taken.map(rowOf))
    return exitCodes.done
  },
}

const rowOf = (provider: ProviderItem): readonly string[] => [
  provider.id,
  provider.missing === null ? 'configured' : `missing: ${provider.missing}`,
  provider.keyLastFour === null ? '-' : `…${provider.keyLastFour}`,
  `${provider.enabledModels} of ${provider.models}`,
  provider.circuits.map((circuit) => `${circuit.modelId} ${heldWords(circuit)}`).join(', ') || '-',
]
