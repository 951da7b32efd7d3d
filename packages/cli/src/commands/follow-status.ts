import type { FollowedTableItem } from '@pointsman/sdk'
import { exitCodes, type Command } from '../command.ts'
import { instant } from '../format.ts'
import type { Column } from '../table.ts'
import { take } from '../take.ts'

const columns: readonly Column[] = [
  { heading: 'TABLE' },
  { heading: 'STATE' },
  { heading: 'ITEMS', align: 'right' },
  { heading: 'LOOKED AT (UTC)', drop: 3 },
  { heading: 'EVERY', align: 'right', drop: 2 },
  { heading: 'WRITE BACK', drop: 1 },
  { heading: 'PROBLEM', below: true },
]

const asideColumns: readonly Column[] = [
  { heading: 'ITEM' },
  { heading: 'STATE' },
  { heading: 'SINCE (UTC)', drop: 1 },
  { heading: 'WHY', below: true },
]

export const followStatus: Command = {
  name: 'follow status',
  summary: 'DynamoDB tables that are followed, how that goes, and items that are left aside.',
  details: 'Exit code 1 where a table cannot be followed just now.',
  positionals: [],
  options: {},
  examples: ['pointsman follow status'],
  async run({ client, output }) {
    const { taken } = await take(client.followedTables.each(), Infinity)
    if (output.json) output.value(taken)
    else if (taken.length === 0)
      output.sentence(
        'No table is followed. Set POINTSMAN_DYNAMODB_MODELS or POINTSMAN_DYNAMODB_AGENTS to "on" and start the server again.',
      )
    else {
      output.table(columns, taken.map(row))
      const aside = taken.flatMap((table) => table.aside)
      if (aside.length > 0) {
        output.line('')
        output.table(
          asideColumns,
          aside.map(({ key, problem, since, state }) => [key, state, instant(since), problem]),
        )
      }
    }
    return taken.some(({ state }) => state === 'problem') ? exitCodes.failed : exitCodes.done
  },
}

const row = ({ everyMs, items, lookedAt, problem, state, table, writeBack }: FollowedTableItem) => [
  table,
  state,
  items === null ? '–' : String(items),
  lookedAt === null ? 'not yet' : instant(lookedAt),
  everyMs === null ? '–' : `${everyMs / 1_000} s`,
  writeBack ? 'on' : 'off',
  problem ?? '',
]
