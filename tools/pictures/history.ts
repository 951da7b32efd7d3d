import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { journalId, keyId } from '@pointsman/contract'
import { createControl, readCatalogue, seedCatalogue } from '@pointsman/control'
import { digestKey } from '@pointsman/core'
import { ingestBatch, migrate, type Database } from '@pointsman/registry'
import { openEmbedded } from '@pointsman/registry/embedded'
import { systemClock } from '../../packages/pointsman/src/serve/clock.ts'
import { nodeDigests as digests } from '../../packages/pointsman/src/serve/digests.ts'
import { haiku, novaPro, pastSwitches, sonnet, type PastSwitch } from './past-switches.ts'
import { agentModels, traffic, type KeyOf } from './traffic.ts'

/** What happened before the pictures are taken: eight days of traffic, and the switches of those days. */

const serviceKey = 'the service key of the pictures alone'
const pepper = randomBytes(32)
const euRegions = ['eu-central-1', 'eu-north-1', 'eu-south-1', 'eu-south-2', 'eu-west-1', 'eu-west-3']

/** Writes the history into the embedded database of a data folder that no server has open. */
export async function writeHistory(dataDir: string): Promise<void> {
  const database = await openEmbedded({ dataDir: join(dataDir, 'database') })
  try {
    await migrate(database)
    const read = async (name: string): Promise<unknown> =>
      JSON.parse(await readFile(new URL(`../../catalogue/${name}`, import.meta.url), 'utf8')) as unknown
    const catalogue = readCatalogue(await read('models.json'), await read('routes.json'))
    await seedCatalogue(database, () => catalogue, { digests, nowMs: Date.now, region: 'eu-central-1' })
    await writeChanges(database)
  } finally {
    await database.close()
  }
}

async function writeTraffic(database: Database, keyOf: KeyOf): Promise<void> {
  const records = traffic(Date.now(), keyOf)
  const atOnce = 1_000
  for (let from = 0; from < records.length; from += atOnce) {
    await database.transaction({ purpose: 'plain' }, (transaction) =>
      ingestBatch(transaction, {
        position: { journal: journalId('pictures'), segment: 1, offset: from + 1 },
        records: records.slice(from, from + atOnce),
      }),
    )
  }
}

interface MadeKey {
  readonly id: string
  readonly key: string
}
type Ask = <Answer>(method: string, path: string, body: object, key?: string) => Promise<Answer>

/** Through the control plane, each at its hour: the database's clock is set back meanwhile. */
async function writeChanges(database: Database): Promise<void> {
  const control = createControl(optionsOf(database))
  await control.start()
  const ask: Ask = async <Answer>(method: string, path: string, body: object, key = serviceKey) => {
    const request = new Request(`http://pictures${path}`, {
      ...{ method, body: JSON.stringify(body) },
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    })
    const response = await control.app.fetch(request)
    if (!response.ok) throw new Error(`${method} ${path}: ${await response.text()}`)
    return (await response.json()) as Answer
  }
  try {
    await setClockBack(database, 190)
    const apps = await writeKeys(ask, appKeys)
    const people = await writeKeys(ask, ['operations', 'on-call', 'platform'].map(personKey))
    await writeRules(ask)
    await setClockBack(database, 0)
    await writeTraffic(database, (useCase) => {
      const app = apps.get(useCase === 'clinical' ? 'ward-app' : 'patient-portal')
      return app === undefined || !['clinical', 'health'].includes(useCase) ? null : keyId(app.id)
    })
    for (const past of pastSwitches) {
      await setClockBack(database, past.hoursAgo)
      await makeSwitch(ask, past, people)
    }
    await setClockBack(database, 0)
  } finally {
    await control.stop()
  }
}

async function makeSwitch(
  ask: Ask,
  { approvedBy, by, reason, to, useCase }: PastSwitch,
  people: ReadonlyMap<string, MadeKey>,
): Promise<void> {
  if (by === null)
    return ask('POST', '/functions/v1/orchestrate-bedrock-models', { action: 'auto-switch', useCase, reason })
  const approval = approvedBy === undefined ? {} : { approval: { by: approvedBy } }
  await ask('POST', '/api/v1/switches', { modelId: to, useCase, reason, ...approval }, people.get(by)?.key)
}

const personKey = (name: string) => ({ name, scopes: ['read', 'switch'] })
const appKeys = [
  { name: 'ward-app', routes: ['use-case/clinical'], spendPerMonthUsd: 900, requestsPerMinute: 600 },
  { name: 'patient-portal', routes: ['use-case/health'], spendPerMonthUsd: 150, requestsPerMinute: 600 },
]

async function writeKeys(
  ask: Ask,
  orders: readonly { readonly name: string }[],
): Promise<ReadonlyMap<string, MadeKey>> {
  const keys = new Map<string, MadeKey>()
  for (const order of orders) keys.set(order.name, await ask<MadeKey>('POST', '/api/v1/keys', order))
  return keys
}

/** The agents of the sample configuration, and what holds for two use cases. */
async function writeRules(ask: Ask): Promise<void> {
  const reason = 'From the configuration of the agents'
  for (const [name, target] of Object.entries(agentModels))
    await ask('PUT', `/api/v1/agents/${name}`, { target, reason })
  await ask('PUT', '/api/v1/agents/orchestrator_agent', {})
  await ask('PUT', '/api/v1/use-cases/clinical', { residency: euRegions, fallbacks: [haiku, novaPro] })
  await ask('PUT', '/api/v1/use-cases/platform', {
    strategy: 'weighted',
    candidates: [
      { modelId: novaPro, weight: 90 },
      { modelId: sonnet, weight: 10 },
    ],
  })
}

function optionsOf(database: Database): Parameters<typeof createControl>[0] {
  const signing = generateKeyPairSync('ed25519')
  const signer = {
    publicKey: signing.publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('base64'),
    sign: () => new Uint8Array(64),
  }
  return {
    ...{ database, digests, pepper, headSigner: signer, snapshotSigner: signer, tokenVerifier: null },
    clock: systemClock,
    log: () => undefined,
    randomBytes: (count) => randomBytes(count),
    serviceKeyDigests: [digestKey(digests, pepper, serviceKey)],
    probe: { probe: () => Promise.resolve({ ok: true, latencyMs: 1 }) },
    ...{ region: 'eu-central-1', environment: 'staging' },
    acknowledgeWithinMs: 0,
  }
}

const setClockBack = (database: Database, hours: number): Promise<unknown> =>
  database.query(
    `CREATE OR REPLACE FUNCTION pointsman.now_ms() RETURNS timestamptz LANGUAGE sql
     RETURN date_trunc('milliseconds'::text, clock_timestamp()${hours === 0 ? '' : ` - interval '${hours} hours'`})`,
    [],
  )
