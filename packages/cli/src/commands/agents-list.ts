import { exitCodes, type Command } from '../command.ts'
import { routeColumns, routeRow } from '../route-columns.ts'
import { take } from '../take.ts'

export const agentsList: Command = {
  name: 'agents list',
  summary: 'Agents and what serves each.',
  positionals: [],
  options: {},
  examples: ['pointsman agents list'],
  async run({ client, output }) {
    const { taken } = await take(client.agents.each(), Infinity)
    if (output.json) output.value(taken)
    else if (taken.length === 0)
      output.line('There are no agents yet. A request that names one is answered with 404.')
    else output.table(routeColumns, taken.map(routeRow))
    return exitCodes.done
  },
}
