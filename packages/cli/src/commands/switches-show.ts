import type { SwitchRow } from '@pointsman/sdk'
import { exitCodes, type Command } from '../command.ts'
import { dollars, instant } from '../format.ts'

export const switchesShow: Command = {
  name: 'switches show',
  summary: 'One switch: reason, author, place in the chain.',
  positionals: ['SWITCH_ID'],
  options: {},
  examples: ['pointsman switches show 0b6ff6a4-6a55-4f2c-9ad1-6f4e0d3c9a10'],
  async run({ client, output, argument }) {
    const row = await client.switches.show(argument('SWITCH_ID'))
    if (output.json) output.value(row)
    else output.fields(fieldsOf(row))
    return exitCodes.done
  },
}

const named = (name: string | null, id: string | null): string =>
  id === null ? (name ?? '-') : name === null ? id : `${name} (${id})`

const approvalText = ({
  by,
  reference,
}: {
  readonly by: string
  readonly reference: string | null
}): string => (reference === null ? by : `${by}, ${reference}`)

const fieldsOf = (row: SwitchRow): readonly (readonly [string, string])[] => [
  ['Id', row.id],
  ['When', `${instant(row.recordedAt)} UTC`],
  ['Scope', row.scopeText],
  ['From', named(row.from, row.fromId)],
  ['To', named(row.to, row.toId)],
  ['State', row.state],
  ['Kind', `${row.action}, ${row.type}`],
  ['By', `${row.actor.kind} ${row.actor.id}`],
  ['Reason', row.reason ?? '-'],
  ...(row.approval === null ? [] : [['Approved by', approvalText(row.approval)] as const]),
  ...(row.refusal === null ? [] : [['Refused', `${row.refusal.code}: ${row.refusal.message}`] as const]),
  ...(row.reverts === null ? [] : [['Takes back', row.reverts] as const]),
  ['Saves a day', dollars(row.costImpactEstimated)],
  ['Revision', row.revision === null ? '-' : String(row.revision.number)],
  ['In the chain', `${row.sequence}, ${row.hash}`],
]
