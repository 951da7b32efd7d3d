import { exitCodes, type Command } from '../command.ts'
import { faultText, stateText } from '../drill-words.ts'
import { instant } from '../format.ts'
import type { Column } from '../table.ts'
import { take } from '../take.ts'

const columns: readonly Column[] = [
  { heading: 'STARTED (UTC)' },
  { heading: 'ROUTE', least: 14 },
  { heading: 'FAULT', least: 14, below: true },
  { heading: 'SHARE', align: 'right' },
  { heading: 'STATE', least: 12 },
  { heading: 'DRILL', below: true },
]

export const drillList: Command = {
  name: 'drill list',
  summary: 'Drills, newest first.',
  positionals: [],
  options: {
    limit: { type: 'string', value: 'N', summary: 'at most this many; 20 unless given' },
    route: { type: 'string', value: 'ROUTE', summary: 'of this route' },
  },
  examples: ['pointsman drill list'],
  async run({ client, number, output, text }) {
    const limit = number('limit', 1) ?? 20
    const listed = client.drills.each({ route: text('route'), limit: Math.min(1_000, limit + 1) })
    const { taken, more } = await take(listed, limit)
    if (output.json) output.value(taken)
    else if (taken.length === 0) output.line('No drills yet.')
    else
      output.table(
        columns,
        taken.map((drill) => [
          instant(drill.startedAt),
          drill.route,
          faultText(drill),
          `${drill.percent} %`,
          stateText(drill),
          drill.id,
        ]),
      )
    if (more && !output.json) output.line(output.dim(`There are more: --limit ${limit * 5}`))
    return exitCodes.done
  },
}
