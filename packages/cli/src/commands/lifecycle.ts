import type { EndingModel } from '@pointsman/sdk'
import { exitCodes, type Command } from '../command.ts'
import type { Column } from '../table.ts'
import { take } from '../take.ts'

const columns: readonly Column[] = [
  { heading: 'MODEL' },
  { heading: 'ENDS' },
  { heading: 'IN', align: 'right' },
  { heading: 'ROUTES AT RISK', below: true },
  { heading: 'REPLACE BY', below: true },
]

export const lifecycle: Command = {
  name: 'lifecycle',
  summary: 'Models that ended or end soon, and what hangs on them.',
  positionals: [],
  options: { days: { type: 'string', value: 'N', summary: 'how far to look ahead; 90 unless given' } },
  examples: ['pointsman lifecycle --days 180'],
  async run({ client, output, number }) {
    const days = number('days', 0)
    const { taken } = await take(client.lifecycle.each({ days }), Infinity)
    if (output.json) output.value(taken)
    else if (taken.length === 0) output.line(`No model ends within ${days ?? 90} days.`)
    else {
      output.table(columns, taken.map(rowOf))
      const rehearsals = taken.flatMap(rehearsalsOf)
      if (rehearsals.length > 0)
        output.line('\nRehearsed on each route’s recent requests; nothing was switched:')
      for (const sentence of rehearsals) output.sentence(`- ${sentence}`, 2)
    }
    return exitCodes.done
  },
}

const rowOf = ({
  modelId,
  endsOn,
  daysLeft,
  status,
  routes,
  replacement,
}: EndingModel): readonly string[] => [
  modelId,
  endsOn ?? status,
  daysLeft === null ? '-' : daysLeft < 0 ? 'past' : `${daysLeft} d`,
  routes.length === 0 ? '-' : routes.map(({ route, as }) => `${route} (${as})`).join(', '),
  replacement === null ? '-' : `→ ${replacement}`,
]

const rehearsalsOf = ({ routes }: EndingModel): readonly string[] =>
  routes.flatMap(({ route, rehearsal }) => {
    if (rehearsal === null) return []
    const { replacement, passes, problems, warnings, costExplanation } = rehearsal
    const verdict = passes ? 'would pass' : `would be refused: ${problems.join('; ')}`
    const cost = costExplanation === null ? '' : `; it ${costExplanation}`
    const also = warnings.length === 0 ? '' : ` (${warnings.join('; ')})`
    return [`${route} → ${replacement} ${verdict}${cost}${also}.`]
  })
