import { findRevision, runOperatorSql } from '@pointsman/registry'
import { z } from 'zod'
import { behindShown } from './behind-shown.ts'
import { nobodyBehind } from '../acknowledgements/replicas.ts'
import type { ControlHouse } from '../house.ts'
import { endpoint, type Endpoint } from '../http/endpoint.ts'

const statementShown = z.object({
  command: z.string(),
  line: z.number(),
  columns: z.array(z.string()),
  rows: z.array(z.record(z.string(), z.unknown())),
  rowCount: z.number(),
  cut: z.boolean().describe('There are more rows than were handed back.'),
})

const sqlShown = z.object({
  statements: z.array(statementShown),
  notices: z.array(z.string()),
  revision: z.number().nullable().describe('Null = the registry was not changed.'),
  state: z.enum(['recorded', 'published', 'rejected']).nullable(),
  ...behindShown,
})

/** SQL from afar, as service_role: the embedded database has no other door. */
export const sqlEndpoints = (house: ControlHouse): readonly Endpoint[] => [
  endpoint({
    operation: 'sql.run',
    method: 'POST',
    path: '/sql',
    summary: 'Runs SQL as service_role, in one transaction; an edit is a switch, and published at once.',
    body: z.strictObject({
      text: z.string().min(1).max(1_000_000),
      readOnly: z.boolean().default(false),
      reason: z.string().max(2_000).nullish(),
      limit: z.number().int().min(1).max(10_000).default(1_000),
      timeoutMs: z.number().int().min(100).max(30_000).default(10_000),
    }),
    answer: sqlShown,
    errors: ['last_usable_model', 'model_not_found', 'route_not_found', 'refused'],
    handle: async ({ body: { text, readOnly, reason, limit, timeoutMs }, principal }) => {
      const order = { text, readOnly, reason: reason ?? null, rowLimit: limit, timeoutMs }
      const done = await runOperatorSql(house.database, { ...order, sentBy: principal.id })
      return { data: { ...done, ...(await publish(house, done.revision)) } }
    },
  }),
]

/** What was committed stays, also where publishing is late: the publisher's next look tries again. */
async function publish(house: ControlHouse, number: number | null) {
  if (number === null) return { state: null, ...nobodyBehind }
  try {
    await house.publishing.look()
    const row = await findRevision(house.database, number)
    const published = row?.state === 'published' ? row.revision : null
    return { state: row?.state ?? ('recorded' as const), ...(await house.replicas.settled(published)) }
  } catch (error) {
    house.log('error', 'publishing_failed', { error })
    return { state: 'recorded' as const, ...nobodyBehind }
  }
}
