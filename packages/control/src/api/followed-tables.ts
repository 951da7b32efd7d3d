import {
  followedItemsAside,
  listFollowedTables,
  type FollowedItemRow,
  type FollowedTableRow,
} from '@pointsman/registry'
import { z } from 'zod'
import { behindShown } from './behind-shown.ts'
import { readItems } from '../catalogue/import/read-file.ts'
import { tablesOf } from '../dynamodb/followed-tables.ts'
import { importAgentItems, importAgentTable, type AgentsImport } from '../dynamodb/import-table.ts'
import type { ControlHouse } from '../house.ts'
import { endpoint, type Endpoint } from '../http/endpoint.ts'
import { pageOf } from '../http/paging.ts'
import { instant, instantOrNull } from '../instant.ts'
import { dynamoErrors, tableName } from './catalogue-changes.ts'

const aside = z.object({ key: z.string(), reason: z.string() })

const agentsPlan = z.object({
  new: z.array(z.object({ agent: z.string(), to: z.string() })).describe('Agents that are added.'),
  moved: z.array(z.object({ agent: z.string(), from: z.string().nullable(), to: z.string() })),
  unchanged: z.array(z.string()).describe('What their items say holds already.'),
  refused: z.array(aside).describe('Items that are wrong, and why; they hold up no other.'),
  skipped: z.array(aside).describe('Of another version of the agent than the one in force.'),
  warnings: z.array(z.string()),
})

const tableShown = z.object({
  kind: z.enum(['models', 'agents']),
  table: z.string(),
  state: z.enum(['following', 'problem', 'waiting']).describe('`waiting`: no host looks at it just now.'),
  writeBack: z.boolean().describe('Switches that are made here go into the table.'),
  host: z.string().nullable().describe('The one that looks.'),
  lookedAt: z.iso.datetime().nullable().describe('The last look that went well.'),
  everyMs: z
    .number()
    .nullable()
    .describe('From one look to the next: a table that is dear to read is looked at less often.'),
  items: z.number().nullable(),
  problem: z.string().nullable(),
  problemSince: z.iso.datetime().nullable(),
  aside: z
    .array(
      z.object({
        key: z.string(),
        state: z
          .enum(['refused', 'conflict', 'gone'])
          .describe(
            '`refused`: what it says is not to be had; `conflict`: both sides changed between two looks; `gone`: in the table no more.',
          ),
        problem: z.string(),
        since: z.iso.datetime(),
      }),
    )
    .describe('Items that are not simply followed, the newest first.'),
})

type Shown = z.input<typeof tableShown>

const mostAside = 500

export const followedTableEndpoints = (house: ControlHouse): readonly Endpoint[] => [
  listEndpoint(house),
  importEndpoint(house),
]

const listEndpoint = (house: ControlHouse): Endpoint =>
  endpoint({
    operation: 'followed-tables.list',
    method: 'GET',
    path: '/followed-tables',
    summary: 'DynamoDB tables whose edits are switches here, and how that goes.',
    answer: pageOf(tableShown),
    handle: async () => {
      const { followed = null } = house
      const known = await listFollowedTables(house.database)
      const items = await followedItemsAside(house.database, mostAside)
      const tables = followed === null ? [] : tablesOf(followed)
      const data = tables.map(({ kind, name }) => {
        const row = known.find((one) => one.kind === kind && one.name === name)
        const others = items.filter((one) => one.kind === kind && one.table === name)
        return {
          kind,
          table: name,
          writeBack: followed?.writeBack ?? false,
          ...shownRow(row),
          aside: others.map(shownItem),
        }
      })
      return { data: { data, nextCursor: null } }
    },
  })

const importEndpoint = (house: ControlHouse): Endpoint =>
  endpoint({
    operation: 'agents.import',
    method: 'POST',
    path: '/agents/import',
    summary: 'Takes over what items of a table `AgentRegistry` say of agents’ models, in one revision.',
    query: z.strictObject({
      dryRun: z.stringbool().default(false).describe('Says what would be; changes nothing.'),
    }),
    body: z
      .strictObject({
        dynamodb: tableName.optional().describe('A table, read by this server.'),
        text: z.string().min(1).optional().describe('Or its items: JSON, plain or as DynamoDB writes it.'),
        name: z.string().min(1).max(500).optional().describe('Of a text: what it is, for the record.'),
      })
      .refine(({ dynamodb, text }) => (dynamodb === undefined) !== (text === undefined), {
        path: ['dynamodb'],
        message: 'stands in the place of "text": give one of the two',
      }),
    answer: z.object({
      applied: z.boolean().describe('False: a dry run, or nothing to change.'),
      revision: z.number().describe('The registry’s, of which the plan was made, or which it made.'),
      ...behindShown,
      plan: agentsPlan,
    }),
    conditional: true,
    errors: ['refused', 'revision_rejected', ...dynamoErrors],
    handle: async ({
      body: { dynamodb, name = 'a file', text = '' },
      ifMatch,
      principal,
      query: { dryRun },
    }) => {
      const outcome =
        dynamodb === undefined
          ? await importAgentItems(house, principal, sourcesIn(text), { source: name, dryRun, ifMatch })
          : await importAgentTable(house, principal, { table: dynamodb, dryRun, ifMatch })
      return { data: shown(outcome), revision: outcome.revision }
    },
  })

const shown = ({ applied, pending, plan, revision, unheard }: AgentsImport) => ({
  ...{ applied, revision, pending, unheard, plan },
})

/** An item of a file has no key of its own: it is named by its agent, else by its place. */
const sourcesIn = (text: string) =>
  readItems(text).map((members, at) => {
    const named = typeof members['agent_name'] === 'string' ? members['agent_name'] : `[${at}]`
    return { key: named, members, named, item: null }
  })

function shownRow(row: FollowedTableRow | undefined): Omit<Shown, 'aside' | 'kind' | 'table' | 'writeBack'> {
  if (row === undefined)
    return {
      ...{ state: 'waiting', host: null, lookedAt: null, everyMs: null, items: null },
      ...{ problem: null, problemSince: null },
    }
  const state = row.problem !== null ? 'problem' : row.holder === null ? 'waiting' : 'following'
  return {
    state,
    // Behind it stands which of its processes.
    host: row.holder?.split(' ')[0] ?? null,
    lookedAt: instantOrNull(row.lookedAtMs),
    everyMs: row.everyMs,
    items: row.items,
    problem: row.problem,
    problemSince: instantOrNull(row.problemSinceMs),
  }
}

const shownItem = ({ changedAtMs, key, problem, state }: FollowedItemRow) => ({
  ...{ key, problem: problem ?? '', since: instant(changedAtMs) },
  state: state === 'followed' ? ('refused' as const) : state,
})
