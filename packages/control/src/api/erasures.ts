import { erasePerson, listErasures, type Erasure } from '@pointsman/registry'
import { z } from 'zod'
import { userIdSchema } from '../catalogue/schemas.ts'
import type { ControlHouse } from '../house.ts'
import { endpoint, type Endpoint } from '../http/endpoint.ts'
import { instant } from '../instant.ts'
import { pageOf, pageQuery } from '../http/paging.ts'
import { actorOf } from '../switches/actor.ts'

const count = z.number().int().min(0)

const erasureShown = z.object({
  id: z.string(),
  seal: z.string().describe('What stands in the place of the name from then on.'),
  erasedAt: z.iso.datetime(),
  actor: z.object({ kind: z.string(), id: z.string() }),
  counts: z
    .object({
      switches: count,
      approvals: count,
      kept: count.describe('Records from before names could be erased: they keep it.'),
      conversations: count,
      pins: count,
      messages: count,
      captured: count
        .optional()
        .describe(
          'Kept prompts and answers that were removed; absent in erasures from before any were kept.',
        ),
    })
    .describe('Rows that no longer name the person.'),
})

const show = ({ id, seal, erasedAtMs, actor, counts }: Erasure) => ({
  ...{ id, seal, actor, counts },
  erasedAt: instant(erasedAtMs),
})

/** One statement goes through all records: with the limit of others it would never end where there are many. */
const mayTakeMs = 300_000

/** Names of people, and that they were erased. */
export const erasureEndpoints = (house: ControlHouse): readonly Endpoint[] => [
  endpoint({
    operation: 'erasures.list',
    method: 'GET',
    path: '/erasures',
    summary: 'Names of people that were erased, newest first; never the names.',
    query: z.strictObject(pageQuery),
    answer: pageOf(erasureShown),
    handle: async ({ query: { limit, cursor = null }, principal }) => {
      const { workspace } = principal
      const { data, nextCursor } = await listErasures(house.database, { workspace, limit, cursor })
      return { data: { data: data.map(show), nextCursor } }
    },
  }),
  endpoint({
    operation: 'erasures.create',
    method: 'POST',
    path: '/erasures',
    summary:
      'Erases a person from switches, conversations and usage: a seal stands in the place of the name, the chain stays whole.',
    body: z.strictObject({ userId: userIdSchema }),
    answer: erasureShown,
    handle: async ({ body: { userId }, principal }) => {
      const order = { workspace: principal.workspace, person: userId, actor: actorOf(principal) }
      const erasure = await house.database.transaction(
        { purpose: 'plain', statementTimeoutMs: mayTakeMs },
        (transaction) => erasePerson(transaction, order),
      )
      return { data: show(erasure) }
    },
  }),
]
