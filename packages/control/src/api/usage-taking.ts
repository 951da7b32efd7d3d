import { PointsmanError, type Principal, type UsageRecord } from '@pointsman/contract'
import { blamesTheData, takeUsage } from '@pointsman/registry'
import { z } from 'zod'
import type { ControlHouse } from '../house.ts'
import { endpoint, type Endpoint } from '../http/endpoint.ts'
import { toldSchema, type ToldRecord } from './usage-record-schema.ts'

/** Each is told again until it was taken, so that one transaction must not wait long. */
const mostAtOnce = 500

/** Whose edits a fallback or a first message is, as when a journal tells of it. */
const dataPlaneActor = { kind: 'rule', id: 'data-plane' } as const

/** For data planes without a host: what they tell is stored before they end their answer. */
export const usageTakingEndpoints = (house: ControlHouse): readonly Endpoint[] => [
  endpoint({
    operation: 'usage.take',
    method: 'POST',
    path: '/usage/records',
    summary:
      'Takes the records of a data plane that runs without a journal of its own, each once: told again, it changes nothing.',
    body: z.strictObject({ told: z.array(toldSchema).min(1).max(mostAtOnce) }),
    answer: z.object({
      taken: z.number().describe('Usage records that were not there before.'),
      repeated: z.number(),
    }),
    handle: async ({ body: { told }, principal }) => {
      requireOwn(principal, told)
      const records = told.flatMap((one) => (one.type === 'outcome' ? [one.record] : []))
      const taken = await store(house, told, records).catch(refuseBadData)
      return { data: { taken, repeated: records.length - taken } }
    },
  }),
]

/** A key belongs to a workspace, and so does what is told by it. */
function requireOwn({ workspace }: Principal, told: readonly ToldRecord[]): void {
  for (const one of told) {
    const of =
      one.type === 'outcome'
        ? one.record.workspace
        : one.type === 'pin-claim'
          ? one.claim.workspace
          : workspace
    if (of !== workspace)
      throw new PointsmanError(
        'forbidden',
        `This key belongs to the workspace "${workspace}": it tells nothing of "${of}".`,
        { field: 'told' },
      )
  }
}

function store(
  { database }: ControlHouse,
  told: readonly ToldRecord[],
  records: readonly UsageRecord[],
): Promise<number> {
  const claims = told.flatMap((one) => (one.type === 'pin-claim' ? [one.claim] : []))
  const episodes = told.flatMap((one) => (one.type === 'fallback-episode' ? [one.episode] : []))
  const switches = episodes.length > 0 || claims.some(({ autoSwitch }) => autoSwitch !== undefined)
  return database.transaction(
    switches ? { purpose: 'registry', actor: dataPlaneActor } : { purpose: 'plain' },
    (transaction) => takeUsage(transaction, { records, claims, episodes }),
  )
}

function refuseBadData(error: unknown): never {
  if (error instanceof Error && blamesTheData(error))
    throw new PointsmanError(
      'invalid_request',
      `The database refuses what a record says (${error.message}): none of these was taken. Tell them one by one to find it.`,
      { field: 'told', cause: error },
    )
  throw error
}
