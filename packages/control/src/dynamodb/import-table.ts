import { PointsmanError, type JsonObject, type Principal } from '@pointsman/contract'
import {
  followedItems,
  putFollowedItems,
  removeFollowedItems,
  type FollowedItem,
  type FollowedTable,
  type Queryable,
} from '@pointsman/registry'
import { entryOf, providerOfItem } from '../catalogue/import/import-llm-models.ts'
import type { ControlHouse } from '../house.ts'
import type { DynamoDb } from '../ports.ts'
import { readAgentItems, type AgentItems, type AgentSource, type AsideItem } from './agent-items.ts'
import { agentSources } from './follow-agents.ts'
import { sourceOf } from './look.ts'
import { readModelItems, seenOf } from './model-items.ts'
import { openTable, readTable } from './table.ts'
import { takeAgents, type AgentsOutcome, type AgentsPlan } from './take-agents.ts'
import { takeModelFacts, type ModelFactsOrder, type ModelFactsOutcome } from './take-models.ts'

/** Throws PointsmanError where this server cannot ask DynamoDB. */
function dynamoOf({ dynamo }: ControlHouse): DynamoDb {
  if (dynamo !== undefined) return dynamo
  throw new PointsmanError(
    'refused',
    'This server cannot ask DynamoDB: read the table with `aws dynamodb scan` and import what it prints.',
    { field: 'dynamodb' },
  )
}

export interface TableLook {
  readonly items: number
  readonly refused: readonly AsideItem[]
  /** What a look at it costs, in read capacity units. */
  readonly units: number
}

/** What stands in a table, for who only wants to know. Throws PointsmanError where it cannot be read. */
export async function lookAtTable(dynamo: DynamoDb, { kind, name }: FollowedTable): Promise<TableLook> {
  const table = await openTable(dynamo, name)
  const { items, units } = await readTable(dynamo, table)
  const { refused } =
    kind === 'agents' ? readAgentItems(agentSources(items, table.keyNames)) : readModelItems(items)
  return { items: items.length, refused, units }
}

export interface TableOrder {
  readonly table: string
  readonly dryRun: boolean
  readonly ifMatch: number | null
}

/** Takes over a table of models in one revision. A followed table is from then on known as it is now. */
export async function importModelTable(
  house: ControlHouse,
  principal: Principal,
  order: TableOrder & Pick<ModelFactsOrder, 'effectiveFromMs' | 'enable' | 'region'>,
): Promise<ModelFactsOutcome> {
  const dynamo = dynamoOf(house)
  const table = await openTable(dynamo, order.table)
  const { items: read } = await readTable(dynamo, table)
  if (read.length === 0) throw emptyTable(order.table)
  const { items, refused } = readModelItems(read)
  const defaults = items.filter(({ facts }) => facts.is_default === true).map(({ key }) => key)
  const outcome = await takeModelFacts(house, principal, {
    ...order,
    items,
    source: sourceOf(order.table),
    aside: refused,
    warnings:
      defaults.length === 0
        ? []
        : [
            `The table names a default (${defaults.join(', ')}): no route was moved. \`pointsman models set-default\` moves it, and so does an edit of a table that is followed.`,
          ],
  })
  if (!order.dryRun) {
    const { defaultRoute, models } = house.publishing.holder.required().compiled
    const known = items.map((one) => {
      const { model_id, provider } = one.facts
      const model = entryOf(model_id, providerOfItem(provider), [...models.values()])
      const held = { enabled: model?.enabled ?? null, isDefault: model?.id === defaultRoute.target }
      return itemNow(one.key, seenOf(one), held, outcome.refused.get(one.key) ?? null)
    })
    await knowAsNow(house.database, { kind: 'models', name: order.table }, [
      ...known,
      ...refused.map(unreadable),
    ])
  }
  return outcome
}

export interface AgentsImport extends AgentsOutcome {
  readonly plan: AgentsPlan
}

/** Takes over a table of agents in one revision. A followed table is from then on known as it is now. */
export async function importAgentTable(
  house: ControlHouse,
  principal: Principal,
  order: TableOrder,
): Promise<AgentsImport> {
  const dynamo = dynamoOf(house)
  const table = await openTable(dynamo, order.table)
  const { items } = await readTable(dynamo, table)
  if (items.length === 0) throw emptyTable(order.table)
  const read = readAgentItems(agentSources(items, table.keyNames))
  const followed = { kind: 'agents', name: order.table } as const
  return importRead(house, principal, read, {
    ...{ source: sourceOf(order.table), dryRun: order.dryRun, ifMatch: order.ifMatch },
    beside: async (transaction, all) => {
      const taken = all.proposed.map(({ item, to }) =>
        itemNow(item.key, { ...item.seen }, { own: to, serves: to }, null),
      )
      const { agents } = house.publishing.holder.required().compiled
      const refused = all.refusals.map(({ error, item }) => {
        const route = agents.get(item.agent)
        const held = { own: route?.ownTarget ?? null, serves: route?.target ?? null }
        return itemNow(item.key, { ...item.seen }, held, error.message)
      })
      await knowAsNow(transaction, followed, [...taken, ...refused, ...read.refused.map(unreadable)])
    },
  })
}

/** The same of items that somebody has at hand. */
export const importAgentItems = (
  house: ControlHouse,
  principal: Principal,
  sources: readonly AgentSource[],
  order: Pick<Parameters<typeof takeAgents>[2], 'dryRun' | 'ifMatch' | 'source'>,
): Promise<AgentsImport> => importRead(house, principal, readAgentItems(sources), order)

async function importRead(
  house: ControlHouse,
  principal: Principal,
  { items, refused, skipped }: AgentItems,
  order: Omit<Parameters<typeof takeAgents>[2], 'items'>,
): Promise<AgentsImport> {
  const outcome = await takeAgents(house, principal, { ...order, items })
  return { ...outcome, plan: { ...outcome.plan, refused: [...refused, ...outcome.plan.refused], skipped } }
}

const emptyTable = (name: string): PointsmanError =>
  new PointsmanError('refused', `The DynamoDB table ${name} has no items. Nothing was changed.`, {
    field: 'dynamodb',
  })

const itemNow = (key: string, seen: JsonObject, held: JsonObject, problem: string | null): FollowedItem => ({
  ...{ key, seen, held, problem },
  state: problem === null ? 'followed' : 'refused',
})

const unreadable = ({ key, reason }: AsideItem): FollowedItem =>
  itemNow(key, { unreadable: reason }, {}, reason)

/** Nothing is noted of a table that nobody follows. */
async function knowAsNow(
  database: Queryable,
  followed: FollowedTable,
  items: readonly FollowedItem[],
): Promise<void> {
  const present = new Set(items.map(({ key }) => key))
  const known = await followedItems(database, followed)
  await removeFollowedItems(
    database,
    followed,
    [...known.keys()].filter((key) => !present.has(key)),
  )
  await putFollowedItems(database, followed, items)
}
