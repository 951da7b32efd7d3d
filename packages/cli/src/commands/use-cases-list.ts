import { exitCodes, type Command } from '../command.ts'
import { routeColumns, routeRow } from '../route-columns.ts'
import { take } from '../take.ts'

export const useCasesList: Command = {
  name: 'use-cases list',
  summary: 'Use cases and what serves each.',
  positionals: [],
  options: {},
  examples: ['pointsman use-cases list'],
  async run({ client, output }) {
    const { taken } = await take(client.useCases.each(), Infinity)
    if (output.json) output.value(taken)
    else output.table(routeColumns, taken.map(routeRow))
    return exitCodes.done
  },
}
