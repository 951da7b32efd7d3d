import type { CostAlarmItem } from '@pointsman/sdk'
import { exitCodes, type Command } from '../command.ts'
import { limitWords } from '../cost-alarm-words.ts'
import { dollars } from '../format.ts'
import type { Column } from '../table.ts'
import { take } from '../take.ts'

const columns: readonly Column[] = [
  { heading: 'NAME', least: 12 },
  { heading: 'OF', least: 14 },
  { heading: 'ABOVE', least: 16 },
  { heading: 'SPENT', align: 'right' },
  { heading: 'STATE' },
  { heading: 'WEBHOOK', below: true },
]

export const costAlarmsList: Command = {
  name: 'cost-alarms list',
  summary: 'What spending is to be told of, and what was spent.',
  positionals: [],
  options: {},
  examples: ['pointsman cost-alarms list'],
  async run({ client, output }) {
    const { taken } = await take(client.costAlarms.each(), Infinity)
    if (output.json) output.value(taken)
    else if (taken.length === 0)
      output.line('There are no cost alarms yet: pointsman cost-alarms set NAME --above USD')
    else output.table(columns, taken.map(rowOf))
    return exitCodes.done
  },
}

const rowOf = (one: CostAlarmItem): readonly string[] => [
  one.name,
  one.dimension === 'all' ? 'everything' : `${one.dimension} ${one.subject ?? ''}`,
  limitWords(one),
  dollars(one.spentUsd),
  one.state,
  webhookWords(one),
]

function webhookWords({ lastDelivery, webhookUrl }: CostAlarmItem): string {
  if (webhookUrl === null) return '-'
  if (lastDelivery === null) return webhookUrl
  const why = lastDelivery.error === null ? '' : `: ${lastDelivery.error}`
  return `${webhookUrl} (${lastDelivery.state}${why})`
}
