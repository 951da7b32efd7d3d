import { exitCodes, type Command } from '../command.ts'
import { routeFields } from '../route-fields.ts'

export const agentsShow: Command = {
  name: 'agents show',
  summary: 'One agent: what serves it, candidates, rules.',
  positionals: ['AGENT'],
  options: {},
  examples: ['pointsman agents show sql_agent'],
  async run({ client, output, argument }) {
    const route = await client.agents.show(argument('AGENT'))
    if (output.json) output.value(route)
    else output.fields(routeFields('Agent', route))
    return exitCodes.done
  },
}
