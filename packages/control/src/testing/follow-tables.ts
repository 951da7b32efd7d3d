import { PointsmanError } from '@pointsman/contract'
import type { Database } from '@pointsman/registry'
import { createDynamoTables, DynamoFault, type DynamoTables } from '../../../../tools/dynamodb-for-tests.ts'
import type { ControlOptions } from '../control-options.ts'
import type { DynamoDb } from '../ports.ts'
import { startControl, testClock, type TestControl } from './start-control.ts'
import type { Told } from './told.ts'

export const agentsTable = 'AgentRegistry-dev'
export const modelsTable = 'LLMModels-dev'

/** A control plane whose tables stand in memory, and whose looks are made when the test says so. */
export interface FollowingControl extends TestControl {
  /** One look at every table, after so long; two seconds unless set. */
  look(afterMs?: number): Promise<void>
  /** Switches since the last call, oldest first: `scope from → to by actor`, or the refusal. */
  newSwitches(): Promise<readonly string[]>
  status(): Promise<readonly Told[]>
}

export const emptyTables = (): DynamoTables => {
  const tables = createDynamoTables()
  tables.create(agentsTable, ['agent_name', 'version'])
  tables.create(modelsTable, ['pk'])
  return tables
}

/** As the door asks: what DynamoDB answers with an error is thrown with its name. */
export const portOf = (tables: DynamoTables): DynamoDb => ({
  ask: (operation, request) => {
    try {
      return Promise.resolve(JSON.stringify(tables.answer(operation, { ...request })))
    } catch (thrown) {
      if (!(thrown instanceof DynamoFault)) throw thrown
      const message = `${thrown.type}: ${thrown.message}`
      const error = new PointsmanError('provider_auth', message, { data: { vendorName: thrown.type } })
      return Promise.reject(error)
    }
  },
})

// Goes on from test to test: they share a database, and what one wrote ahead of the time must not come true within the next.
let aheadMs = 0

export async function followTables(
  database: Database,
  tables: DynamoTables,
  { writeBack, ...options }: { readonly writeBack: boolean } & Partial<ControlOptions>,
): Promise<FollowingControl> {
  const clock = { ...testClock, nowMs: () => testClock.nowMs() + aheadMs }
  const control = await startControl(database, {
    ...{ clock, dynamo: portOf(tables), firstRoundsAfterMs: 1_000_000_000 },
    followed: { models: modelsTable, agents: agentsTable, region: 'eu-central-1', writeBack },
    ...options,
  })
  const all = async (): Promise<readonly Told[]> => {
    const { body } = await control.ask('/api/v1/switches?limit=200&includeRefused=true')
    return body.data.toReversed()
  }
  let seen = (await all()).length
  return {
    ...control,
    look: async (afterMs = 2_000) => {
      aheadMs += afterMs
      await control.control.services.lookAtTables()
    },
    newSwitches: async () => {
      const switches = await all()
      const news = switches.slice(seen)
      seen = switches.length
      return news.map(inWords)
    },
    status: async () => (await control.ask('/api/v1/followed-tables')).body.data,
  }
}

function inWords({ actor, fromId, refusal, scopeText, toId }: Told): string {
  const { id, kind } = actor as { readonly id: string; readonly kind: string }
  const refused = refusal as { readonly code: string } | null
  const what = refused === null ? `${short(fromId)} → ${short(toId)}` : `refused ${refused.code}`
  return `${scopeText} ${what} by ${kind === 'table' ? id : kind}`
}

/** `eu.amazon.nova-pro-v1:0` → `pro` */
const short = (id: string | null): string => /nova-(\w+)-/.exec(id ?? '')?.[1] ?? id ?? 'none'
