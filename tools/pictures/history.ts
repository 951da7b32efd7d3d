import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { journalId, modelId, providerId, unknownUsage, userId, type UsageRecord } from '@pointsman/contract'
import { createControl, readCatalogue, seedCatalogue } from '@pointsman/control'
import { digestKey } from '@pointsman/core'
import { ingestBatch, migrate, type Database } from '@pointsman/registry'
import { openEmbedded } from '@pointsman/registry/embedded'
import { systemClock } from '../../packages/pointsman/src/serve/clock.ts'
import { nodeDigests as digests } from '../../packages/pointsman/src/serve/digests.ts'
import { usageRecord } from '../../packages/control/src/testing/usage-record.ts'

/** What happened before the pictures are taken: two days of traffic, and the switches of those days. */

const hourMs = 3_600_000
const key = 'the service key of the pictures alone'
const pepper = randomBytes(32)

const switches = [
  [44, 'clinical', 'eu.anthropic.claude-haiku-5-5', 'Trial of the faster model on the ward round, CHG-1180'],
  [39, 'clinical', 'eu.anthropic.claude-sonnet-5-5', 'Answers too short for discharge letters'],
  [27, 'operations', 'eu.amazon.nova-lite-v1:0', 'Tables came back incomplete'],
  [14, 'health', 'eu.amazon.nova-micro-v1:0', 'Costs of the patient portal, agreed with finance'],
  [9, 'clinical', 'eu.amazon.nova-pro-v1:0', 'Provider incident: throttling in eu-central-1'],
  [5, 'clinical', 'eu.anthropic.claude-sonnet-5-5', 'Incident over, back to the usual model'],
  [2, 'health', 'eu.amazon.nova-lite-v1:0', 'Better wording for elderly patients'],
] as const

/** Writes the history into the embedded database of a data folder that no server has open. */
export async function writeHistory(dataDir: string): Promise<void> {
  const database = await openEmbedded({ dataDir: join(dataDir, 'database') })
  try {
    await migrate(database)
    const read = async (name: string): Promise<unknown> =>
      JSON.parse(await readFile(new URL(`../../catalogue/${name}`, import.meta.url), 'utf8')) as unknown
    const catalogue = readCatalogue(await read('models.json'), await read('routes.json'))
    await seedCatalogue(database, () => catalogue, { digests, nowMs: Date.now, region: 'eu-central-1' })
    await writeTraffic(database)
    await writeSwitches(database)
  } finally {
    await database.close()
  }
}

async function writeTraffic(database: Database): Promise<void> {
  const nowMs = Date.now()
  const records: UsageRecord[] = []
  for (let hoursAgo = 47; hoursAgo >= 0; hoursAgo -= 1) {
    const hour = new Date(nowMs - hoursAgo * hourMs).getHours()
    // Of a clinic: busy by day, quiet at night.
    const busy = Math.round(14 + 46 * Math.max(0, Math.sin(((hour - 5) / 16) * Math.PI)))
    for (let index = 0; index < busy; index += 1)
      records.push(recordOf(nowMs - hoursAgo * hourMs - index * 41_000, records.length, hoursAgo))
  }
  await database.transaction({ purpose: 'plain' }, (transaction) =>
    ingestBatch(transaction, {
      position: { journal: journalId('pictures'), segment: 1, offset: 1 },
      records,
    }),
  )
}

const shapes = [
  ['clinical', 'eu.anthropic.claude-sonnet-5-5', 2_100, 5_200_000],
  ['health', 'eu.amazon.nova-lite-v1:0', 640, 210_000],
  ['operations', 'eu.amazon.nova-micro-v1:0', 420, 90_000],
] as const

function recordOf(atMs: number, index: number, hoursAgo: number): UsageRecord {
  const [useCase, usual, latencyMs, costNanoUsd] = shapes[index % 3] ?? shapes[0]
  const isIncident = useCase === 'clinical' && hoursAgo >= 8 && hoursAgo <= 10
  const isFailed = isIncident ? index % 5 === 0 : index % 97 === 0
  const isFallback = isIncident && index % 2 === 0
  const model = modelId(isFallback ? 'eu.amazon.nova-pro-v1:0' : usual)
  const spread = 0.6 + ((index * 7_919) % 100) / 90 + (isIncident ? 1.4 : 0)
  return usageRecord(`pictures-${index}`, Math.round(atMs), {
    route: `use-case/${useCase}`,
    requested: `use-case/${useCase}`,
    ...{ useCase, modelId: model, userId: userId(`user-${index % 40}`) },
    provider: providerId('bedrock'),
    ...(isFailed
      ? {
          outcome: 'failed',
          status: 502,
          modelId: null,
          error: { code: 'upstream_error', message: 'The vendor failed.' },
        }
      : {}),
    reason: isFallback ? 'fallback' : 'use-case',
    usage: { ...unknownUsage, inputTokens: 900 + (index % 11) * 140, outputTokens: 180 + (index % 7) * 40 },
    costNanoUsd: isFailed ? 0 : Math.round(costNanoUsd * spread),
    durationMs: Math.round(latencyMs * spread),
    firstContentAfterMs: Math.round(latencyMs * spread * 0.3),
  })
}

/** Through the control plane, each at its hour: the database's clock is set back meanwhile. */
async function writeSwitches(database: Database): Promise<void> {
  const signing = generateKeyPairSync('ed25519')
  const signer = {
    publicKey: signing.publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('base64'),
    sign: () => new Uint8Array(64),
  }
  const control = createControl({
    ...{ database, digests, pepper, headSigner: signer, snapshotSigner: signer, tokenVerifier: null },
    clock: systemClock,
    log: () => undefined,
    randomBytes: (count) => randomBytes(count),
    serviceKeyDigests: [digestKey(digests, pepper, key)],
    probe: { probe: () => Promise.resolve({ ok: true, latencyMs: 1 }) },
    ...{ region: 'eu-central-1', environment: 'prod' },
    acknowledgeWithinMs: 0,
  })
  await control.start()
  for (const [hoursAgo, useCase, to, reason] of switches) {
    await setClockBack(database, hoursAgo)
    await control.app.fetch(
      new Request('http://pictures/api/v1/switches', {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: JSON.stringify({ modelId: to, useCase, reason }),
      }),
    )
  }
  await setClockBack(database, 0)
  await control.stop()
}

const setClockBack = (database: Database, hours: number): Promise<unknown> =>
  database.query(
    `CREATE OR REPLACE FUNCTION pointsman.now_ms() RETURNS timestamptz LANGUAGE sql
     RETURN date_trunc('milliseconds'::text, clock_timestamp()${hours === 0 ? '' : ` - interval '${hours} hours'`})`,
    [],
  )
