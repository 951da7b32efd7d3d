import type { Command } from '../command.ts'
import { exitCodes } from '../command.ts'
import { modelColumns, modelRow } from '../model-columns.ts'
import { take } from '../take.ts'

export const modelsList: Command = {
  name: 'models list',
  summary: 'The catalogue with prices per million tokens.',
  details:
    'Prices are US dollars of today, in the region that is called. Models past their end stand last. A model that is held back after failures says `held`: `providers list` tells more.',
  positionals: [],
  options: {
    provider: { type: 'string', value: 'NAME', summary: 'only those of a company: amazon, anthropic, …' },
    enabled: { type: 'boolean', summary: 'only those that are switched on' },
  },
  examples: ['pointsman models list', 'pointsman models list --provider amazon --json'],
  async run({ client, output, text, flag }) {
    const question = { includeDisabled: !flag('enabled'), provider: text('provider'), limit: 1_000 }
    const { taken } = await take(client.models.each(question), Infinity)
    if (output.json) {
      output.value(taken)
      return exitCodes.done
    }
    const { taken: providers } = await take(client.providers.each({}), Infinity)
    const circuits = providers.flatMap((provider) => provider.circuits)
    const held = Map.groupBy(circuits, ({ modelId }) => modelId)
    output.table(
      modelColumns,
      taken.map((model) => modelRow(model, held)),
    )
    return exitCodes.done
  },
}
