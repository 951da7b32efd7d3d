import { createHmac, generateKeyPairSync, hash, randomBytes, sign } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import {
  replicaId,
  type Digests,
  type HeldCircuit,
  type ReplicaId,
  type SnapshotManifest,
} from '@pointsman/contract'
import { digestKey } from '@pointsman/core'
import { migrate, type Database } from '@pointsman/registry'
import { openServer } from '@pointsman/registry/server'
import { openMigrated } from '@pointsman/registry/testing'
import { createDatabase } from '../../../../tools/postgres-for-tests.ts'
import { readCatalogue } from '../catalogue/catalogue-file.ts'
import { seedCatalogue } from '../catalogue/seed.ts'
import type { ControlOptions } from '../control-options.ts'
import { createControl, type Control } from '../create-control.ts'
import type { Signer } from '../ports.ts'
import type { Told } from './told.ts'
import { expectDocumented } from './documented-answers.ts'

export const nodeDigests: Digests = {
  sha256Hex: (data) => hash('sha256', data, 'hex'),
  hmacSha256: (key, data) => createHmac('sha256', key).update(data).digest(),
  hmacSha256Hex: (key, data) => createHmac('sha256', key).update(data).digest('hex'),
}

export const serviceKey = 'the-service-key-of-these-tests'
const pepper = new TextEncoder().encode('the pepper of these tests, 32 bytes long')

const signingKeys = generateKeyPairSync('ed25519')
const headSigner: Signer = {
  publicKey: signingKeys.publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('base64'),
  sign: (statement) => sign(null, statement, signingKeys.privateKey),
}
/** What a key is recognised by here. */
export const digestOf = (key: string): string => digestKey(nodeDigests, pepper, key)

/** 2026-11-21: the day of the catalogue. The clock of tests is real time from there, so that timers work. */
const startedAtMs = Date.parse('2026-11-21T12:00:00Z')

export const testClock = {
  nowMs: (): number => startedAtMs + Math.round(performance.now()),
  after: (delayMs: number, callback: () => void): (() => void) => {
    const timer = setTimeout(callback, delayMs)
    return () => clearTimeout(timer)
  },
}

const readJson = async (name: string): Promise<unknown> =>
  JSON.parse(await readFile(new URL(`../../../../catalogue/${name}`, import.meta.url), 'utf8')) as unknown

export const catalogue = readCatalogue(await readJson('models.json'), await readJson('routes.json'))

export type DatabaseKind = 'embedded' | 'PostgreSQL'

/** The databases of this run: PostgreSQL only where the machine has one. */
export const databaseKinds: readonly DatabaseKind[] =
  process.env['POINTSMAN_TEST_POSTGRES_URL'] === undefined ? ['embedded'] : ['embedded', 'PostgreSQL']

/** One of them, the quicker to open, for what does not depend on the database. */
export const anyDatabase: DatabaseKind = databaseKinds.at(-1) ?? 'embedded'

export interface TestDatabase {
  readonly database: Database
  /** Where another process would connect; null for the embedded one. */
  readonly url: string | null
  readonly drop: () => Promise<void>
}

/** A migrated and seeded database of its own. */
export async function openTestDatabase(kind: DatabaseKind): Promise<TestDatabase> {
  const made = kind === 'embedded' ? null : await createDatabase()
  const database = made === null ? await openMigrated() : await openServer({ url: made.url, connections: 4 })
  await migrate(database)
  await seedCatalogue(database, () => catalogue, {
    digests: nodeDigests,
    nowMs: testClock.nowMs,
    region: 'eu-central-1',
  })
  return {
    database,
    url: made?.url ?? null,
    drop: async () => {
      await database.close()
      await made?.drop()
    },
  }
}

export interface LoggedLine {
  readonly level: string
  readonly event: string
  readonly facts: { readonly [name: string]: unknown }
}

export interface Asked {
  readonly method?: string
  readonly body?: unknown
  /** Null = no key at all. */
  readonly key?: string | null
  readonly headers?: { readonly [name: string]: string }
}

export interface Answered {
  readonly status: number
  readonly headers: Headers
  readonly body: Told
}

export interface TestControl {
  readonly control: Control
  readonly log: readonly LoggedLine[]
  ask(path: string, asked?: Asked): Promise<Answered>
  /** One action of a seed's endpoint. */
  orchestrate(body: { readonly [name: string]: unknown }, key?: string | null): Promise<Answered>
  manage(body: { readonly [name: string]: unknown }, key?: string | null): Promise<Answered>
  readonly stop: () => Promise<void>
}

export async function startControl(
  database: Database,
  options: Partial<ControlOptions> = {},
): Promise<TestControl> {
  const log: LoggedLine[] = []
  const control = createControl({
    database,
    clock: testClock,
    log: (level, event, facts) => log.push({ level, event, facts }),
    digests: nodeDigests,
    randomBytes: (count) => randomBytes(count),
    pepper,
    headSigner,
    snapshotSigner: headSigner,
    serviceKeyDigests: [digestKey(nodeDigests, pepper, serviceKey)],
    tokenVerifier: null,
    probe: { probe: () => Promise.resolve({ ok: true, latencyMs: 12 }) },
    region: 'eu-central-1',
    environment: 'dev',
    // A busy machine must not turn an acknowledged switch into a pending one.
    acknowledgeWithinMs: 20_000,
    ...options,
  })
  await control.start()
  const ask = async (path: string, asked: Asked = {}): Promise<Answered> => {
    const { body, key = serviceKey, headers = {}, method = body === undefined ? 'GET' : 'POST' } = asked
    const response = await control.app.fetch(
      new Request(`http://127.0.0.1:7070${path}`, {
        method,
        headers: {
          ...(key === null ? {} : { authorization: `Bearer ${key}` }),
          'content-type': 'application/json',
          ...headers,
        },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      }),
    )
    const text = await response.text()
    const answer = JSON.parse(text === '' ? 'null' : text) as Told
    expectDocumented(method, path, response.status, answer)
    return { status: response.status, headers: response.headers, body: answer }
  }
  const seed = (name: string) => (body: object, key?: string | null) =>
    ask(`/functions/v1/${name}`, { body, ...(key === undefined ? {} : { key }) })
  return {
    control,
    log,
    ask,
    orchestrate: seed('orchestrate-bedrock-models'),
    manage: seed('manage-bedrock-models'),
    stop: () => control.stop(),
  }
}

/** A data plane that takes every revision and acknowledges it, as the door wires it. */
export async function joinReplica(
  control: Control,
  name: string,
): Promise<{
  readonly id: ReplicaId
  served(): SnapshotManifest | null
  renew(circuits: readonly HeldCircuit[]): Promise<void>
  leave(): Promise<void>
}> {
  const id = replicaId(name)
  let served: SnapshotManifest | null = null
  const take = async (): Promise<void> => {
    served = await control.snapshotSource.latest()
    if (served !== null)
      await control.services.replicas.acknowledge({ replica: id, revision: served.revision })
  }
  const identity = { id, host: 'test', title: name, kind: 'leased', startedAtMs: testClock.nowMs() } as const
  const renew = (circuits: readonly HeldCircuit[]) =>
    control.services.replicas.renewLease({ ...identity, circuits })
  await renew([])
  await take()
  const end = control.snapshotSource.onChange(() => void take())
  return {
    id,
    served: () => served,
    renew,
    leave: async () => {
      end()
      await control.services.replicas.leave(id)
    },
  }
}
