import { api } from '../../tests/server.ts'
import { countRecords, readAudit, type AuditTrail } from './audit.ts'
import { driveSwitches, type Switched } from './drive-switches.ts'
import type { Fleet } from './fleet.ts'
import { judge } from './judge.ts'
import { startLoad, wallMs, type Answered, type LoadOptions } from './load.ts'

export interface Rehearsal {
  readonly answers: readonly Answered[]
  readonly switches: readonly Switched[]
  readonly audit: AuditTrail
  /** The span in which switches were made. */
  readonly startedAtMs: number
  readonly endedAtMs: number
  /** What went against a promise; empty = all were kept. */
  readonly broken: readonly string[]
}

export interface RehearsalOptions {
  readonly databaseUrl: string
  readonly count: number
  readonly perSecond: number
  readonly withinMs?: number
  readonly load: Pick<LoadOptions, 'connectionsPerReplica' | 'everyMs'>
}

const routes = ['use-case/clinical', 'use-case/health', 'use-case/operations']
const models = ['eu.amazon.nova-pro-v1:0', 'eu.amazon.nova-lite-v1:0', 'eu.amazon.nova-micro-v1:0']

/** Switches and reverts under steady load, and then everything is held against everything else. */
export async function rehearse(fleet: Fleet, options: RehearsalOptions): Promise<Rehearsal> {
  const { servers, simulator } = fleet
  const [server] = servers
  if (server === undefined) throw new Error('the fleet has no host')
  const before = new Map<string, string>()
  for (const route of routes) before.set(route, await modelOf(server, route))
  const known = await countRecords(server)
  simulator.reset()
  const ledger = new Map<number, ReturnType<typeof simulator.ledger>[number]>()
  const keep = (): void => {
    for (const entry of simulator.ledger()) ledger.set(entry.sequence, entry)
  }
  // The ledger holds the last 10,000 requests; this looks more often than that.
  const keeping = setInterval(keep, 5_000)
  const load = startLoad({ servers, routes, ...options.load })
  const startedAtMs = wallMs()
  const driven = await driveSwitches({ ...options, servers, routes, models })
  const endedAtMs = wallMs()
  await load.stop()
  clearInterval(keeping)
  keep()
  const { answers } = load
  const { failures, switches } = driven
  const audit = await readAudit(options.databaseUrl, server, { known, switches })
  const called = [...ledger.values()]
  const broken = [...failures, ...judge({ answers, switches, before, called }), ...audit.problems]
  return { answers, switches, audit, startedAtMs, endedAtMs, broken }
}

async function modelOf(server: Fleet['servers'][number], route: string): Promise<string> {
  const { body, headers, status } = await api(server, `/model/${encodeURIComponent(route)}/converse`, {
    body: { messages: [{ role: 'user', content: [{ text: 'Which model serves?' }] }] },
  })
  const model = headers.get('x-pointsman-model')
  if (status !== 200 || model === null)
    throw new Error(`${route} does not answer: ${status} ${JSON.stringify(body)}`)
  return model
}
