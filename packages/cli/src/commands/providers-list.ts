import type { ProviderItem } from '@pointsman/sdk'
import { exitCodes, type Command } from '../command.ts'
import { instant, milliseconds } from '../format.ts'
import { heldWords } from '../model-columns.ts'
import { credentialWords, endWords } from '../provider-key-words.ts'
import type { Column } from '../table.ts'
import { take } from '../take.ts'

const columns: readonly Column[] = [
  { heading: 'PROVIDER' },
  { heading: 'STATE', below: true },
  { heading: 'KEY' },
  { heading: 'MODELS', align: 'right', drop: 1 },
  { heading: 'EXPIRES', below: true },
  { heading: 'LAST TEST', below: true },
  { heading: 'HELD BACK', below: true },
]

export const providersList: Command = {
  name: 'providers list',
  summary:
    'Who serves the models: where each key comes from, what is missing, and what is held back after failures.',
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
  stateWords(provider),
  provider.keySource === null ? '-' : credentialWords(provider),
  `${provider.enabledModels} of ${provider.models}`,
  provider.keyExpiresAt === null ? '-' : `key until ${endWords(provider.keyExpiresAt)}`,
  testWords(provider),
  provider.circuits.map((circuit) => `${circuit.modelId} ${heldWords(circuit)}`).join(', ') || '-',
]

const stateWords = ({ keyProblem, missing }: ProviderItem): string =>
  [
    missing === null ? 'configured' : `missing: ${missing}`,
    ...(keyProblem === null ? [] : [keyProblem]),
  ].join(' · ')

function testWords({ lastTest: test }: ProviderItem): string {
  if (test === null) return '-'
  const outcome = test.ok ? `ok, ${milliseconds(test.latencyMs)}` : `failed: ${test.problem ?? ''}`
  return `tested ${instant(test.at).slice(0, 16)} UTC: ${outcome}`
}
