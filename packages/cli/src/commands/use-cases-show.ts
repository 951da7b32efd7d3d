import { exitCodes, type Command } from '../command.ts'
import { routeFields } from '../route-fields.ts'

export const useCasesShow: Command = {
  name: 'use-cases show',
  summary: 'One use case: what serves it, candidates, rules.',
  positionals: ['USE_CASE'],
  options: {},
  examples: ['pointsman use-cases show clinical'],
  async run({ client, output, argument }) {
    const route = await client.useCases.show(argument('USE_CASE'))
    if (output.json) output.value(route)
    else output.fields(routeFields('Use case', route))
    return exitCodes.done
  },
}
