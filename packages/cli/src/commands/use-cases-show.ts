import type { RouteItem } from '@pointsman/sdk'
import { exitCodes, type Command } from '../command.ts'

export const useCasesShow: Command = {
  name: 'use-cases show',
  summary: 'One use case: what serves it, candidates, rules.',
  positionals: ['USE_CASE'],
  options: {},
  examples: ['pointsman use-cases show clinical'],
  async run({ client, output, argument }) {
    const route = await client.useCases.show(argument('USE_CASE'))
    if (output.json) output.value(route)
    else output.fields(fieldsOf(route))
    return exitCodes.done
  },
}

function fieldsOf(route: RouteItem): readonly (readonly [string, string])[] {
  const weight = (share: number): string => (route.strategy === 'weighted' ? ` (weight ${share})` : '')
  return [
    ['Use case', route.name],
    ['Called as', route.key],
    ['Served by', `${route.serves}${route.inherits ? ' (inherited from the default)' : ''}`],
    ...route.candidates.map(
      (candidate, place) =>
        [`Candidate ${place + 1}`, `${candidate.modelId}${weight(candidate.weight)}`] as const,
    ),
    ['Strategy', route.strategy],
    ['Fallbacks', listed(route.fallbacks, 'by the rules of the family', 'none')],
    ['Residency', listed(route.residency, 'no rule', 'nowhere')],
    ['Past their end', route.lifecycleRule === 'warn' ? 'serve with a warning' : 'are refused'],
    ['Auto-switch', `${route.autoSwitch}, objective ${route.objective}`],
    ['Text is kept', route.capture ? 'yes' : 'no'],
    ['Changed', `in revision ${route.revision}`],
  ]
}

const listed = (list: readonly string[] | null, unset: string, empty: string): string =>
  list === null ? unset : list.length === 0 ? empty : list.join(', ')
