import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { createControl, readCatalogue, seedCatalogue, type Control } from '@pointsman/control'
import { startIngest } from '@pointsman/control/ingest'
import { createFetchDoor } from '@pointsman/gateway'
import { openJournal, recover, type Journal } from '@pointsman/journal'
import * as registry from '@pointsman/registry'
import { claimPin, findPins, migrate, type Database } from '@pointsman/registry'
import { lockFolder } from '@pointsman/registry/embedded'
// lint-allow arrows -- the catalogue is data beside the rooms, not a room
import models from '../../../../catalogue/models.json' with { type: 'json' }
// lint-allow arrows -- the catalogue is data beside the rooms, not a room
import routes from '../../../../catalogue/routes.json' with { type: 'json' }
import type { Settings } from '../settings.ts'
import { systemClock } from './clock.ts'
import { createClosers, type Closers } from './closers.ts'
import { BedrockCredentials } from './bedrock-credentials.ts'
import { ProviderCredentials } from './credentials.ts'
import { createDataPlane, type DataPlane } from './data-plane.ts'
import { prepareDataFolder } from './data-folder.ts'
import { nodeDigests } from './digests.ts'
import { takePort, type Front } from './front.ts'
import {
  checkMasterKey,
  hostKeysFrom,
  masterKeyOf,
  serviceKeyOf,
  type HostKeys,
  type ServiceKey,
} from './host-keys.ts'
import type { Log } from './log.ts'
import { openDatabase } from './open-database.ts'
import { followPinChanges, type RegistryPinChanges } from './pin-changes.ts'
import { providerFacts, servedProviders, type Sandbox, type ServedProvider } from './providers.ts'
import { createReplica, type Replica } from './replica.ts'
import { createSupabaseTokens, type SupabaseTokens } from './supabase-tokens.ts'

export interface StartedServer {
  readonly url: string
  readonly serviceKey: ServiceKey
  /** What an operator should know although the server runs. */
  readonly notes: readonly string[]
  /** Takes no new request, lets those under way finish, records them, closes everything. */
  stop(): Promise<void>
}

/** How long the ingest may take to bring in what is durable already; the rest waits in the journal for the next start. */
const ingestStopLimitMs = 5_000

/** A shorter secret can be guessed from one token. */
const weakSecretCharacters = 32

/** Shorter service keys are taken, since they may be somebody's test, but told of. */
const weakKeyCharacters = 20

interface Ground {
  readonly settings: Settings
  readonly log: Log
  readonly sandbox: Sandbox | null
  readonly closers: Closers
  readonly front: Front
  readonly keys: HostKeys
  readonly serviceKey: ServiceKey
  readonly tokens: SupabaseTokens | null
  readonly database: Database
  readonly journal: Journal
  readonly replica: Replica
  readonly pinChanges: RegistryPinChanges
  readonly bedrockCredentials: BedrockCredentials
  readonly providers: readonly ServedProvider[]
  readonly credentials: ProviderCredentials
  stopping: boolean
}

/** Both planes in one process: the folder's lock and the port first, so that a start that cannot succeed makes nothing. */
export async function startServer(
  settings: Settings,
  log: Log,
  sandbox: Sandbox | null,
): Promise<StartedServer> {
  const closers = createClosers(log)
  try {
    const ground = await prepareGround(settings, log, { sandbox, closers })
    const { control, dataPlane } = createPlanes(ground)
    await control.start()
    closers.add('control plane', () => control.stop())
    await ground.replica.join(control.services.replicas)
    closers.add('replica', () => ground.replica.leave())
    await dataPlane.holder.start()
    closers.add('data plane', () => dataPlane.close())
    ground.front.open(dataPlane.gateway)
    return {
      url: ground.front.url,
      serviceKey: ground.serviceKey,
      notes: notesOf(ground),
      stop: () => stop(ground),
    }
  } catch (error) {
    await closers.closeAll()
    throw error
  }
}

async function prepareGround(
  settings: Settings,
  log: Log,
  given: { readonly sandbox: Sandbox | null; readonly closers: Closers },
): Promise<Ground> {
  const { closers, sandbox } = given
  await prepareDataFolder(settings.dataDir)
  // Before anything is read: recovery would seal the journal of a process that lives.
  const lock = await lockFolder(settings.dataDir)
  closers.add('data folder', () => lock.release())
  const front = await takePort(settings, log)
  closers.add('front', () => front.stop())
  const keys = hostKeysFrom(await masterKeyOf(settings))
  const serviceKey = await serviceKeyOf(settings)
  const database = await openDatabase(settings, log)
  closers.add('database', () => database.close())
  await migrate(database, { onApplied: (version, name) => log('info', 'migrated', { version, name }) })
  await checkMasterKey(database, keys)
  const parts = { digests: nodeDigests, nowMs: systemClock.nowMs, region: settings.region }
  const seeded = await seedCatalogue(database, readCatalogue(models, routes), parts)
  if (seeded !== null) log('info', 'catalogue_seeded', { revision: seeded.number })
  const journal = await openRecoveredJournal(settings, log)
  closers.add('journal', () => journal.close())
  const ingest = startIngest({
    journalDir: join(settings.dataDir, 'journal'),
    journal,
    database,
    registry,
    clock: systemClock,
    log,
    chance: Math.random,
  })
  closers.add('ingest', () => ingest.stop(ingestStopLimitMs))
  const pinChanges = await followPinChanges(database, log)
  closers.add('pin changes', () => pinChanges.stop())
  const bedrockCredentials = await openBedrockCredentials(settings, log, sandbox)
  const providers = servedProviders(settings, sandbox, bedrockCredentials)
  return {
    settings,
    log,
    sandbox,
    closers,
    front,
    keys,
    serviceKey,
    tokens: createSupabaseTokens({ settings: settings.tokens, log }),
    database,
    journal,
    replica: createReplica(log),
    pinChanges,
    bedrockCredentials,
    providers,
    credentials: new ProviderCredentials(
      new Map(providers.map(({ provider, credentials }) => [provider.id, credentials])),
    ),
    stopping: false,
  }
}

async function openBedrockCredentials(
  { bedrockBearerToken: token }: Settings,
  log: Log,
  sandbox: Sandbox | null,
): Promise<BedrockCredentials> {
  const given = sandbox?.awsCredential ?? (token === null ? null : ({ kind: 'bearer', token } as const))
  const credentials = new BedrockCredentials(given, log)
  await credentials.start()
  return credentials
}

/** What dead writers left is closed first, so that ingest reads whole journals. The folder's lock has made sure that no other process writes here. */
async function openRecoveredJournal(settings: Settings, log: Log): Promise<Journal> {
  const dir = join(settings.dataDir, 'journal')
  const journal = await openJournal({
    dir,
    durability: settings.durability,
    onFailure: (failure) => {
      log('error', 'journal_failure', { ...failure })
    },
  })
  const { failures, journals } = await recover(dir, { ownId: journal.id, nowMs: systemClock.nowMs() })
  for (const { closedIntents, damage, journal: id } of journals) {
    log('info', 'journal_recovered', {
      journal: id,
      unknownOutcomes: closedIntents.length,
      damage: damage.length,
    })
  }
  for (const { error, journal: id } of failures) log('error', 'journal_not_recovered', { journal: id, error })
  return journal
}

function createPlanes(ground: Ground): { control: Control; dataPlane: DataPlane } {
  const { database, keys, log, sandbox, serviceKey, settings, tokens } = ground
  const control = createControl({
    database,
    clock: systemClock,
    log,
    digests: nodeDigests,
    randomBytes,
    pepper: keys.pepper,
    serviceKeyDigests: [keys.digest(serviceKey.key)],
    tokenVerifier: tokens === null ? null : { verify: (token, nowMs) => tokens.check(token, nowMs) },
    probe: { probe: (model) => dataPlane.probe(model) },
    region: settings.region,
    environment: settings.environment,
    providerStates: () => ground.credentials.states(),
    providers: () => providerFacts(ground.providers),
    awsSecretOf: keys.awsSecretOf,
    maxBodyBytes: settings.maxBodyBytes,
  })
  const dataPlane = createDataPlane({
    settings,
    log,
    keys,
    serviceKey: serviceKey.key,
    tokens,
    replica: ground.replica.id,
    sandbox: sandbox !== null,
    providers: ground.providers,
    credentials: ground.credentials,
    journal: ground.journal,
    source: control.snapshotSource,
    pinStore: {
      find: (query) => findPins(database, query),
      claim: async (claim) => (await claimPin(database, claim)).modelId,
    },
    pinChanges: ground.pinChanges,
    control: createFetchDoor((request) => control.app.fetch(request)),
    stopping: () => ground.stopping,
    notes: () => notesOf(ground),
    onApplied: (snapshot) => {
      // In this order: an acknowledged revision's switch counts at the next request.
      void ground.pinChanges.applied(snapshot.revision).then(() => ground.replica.applied(snapshot.revision))
    },
    onRefused: (revision, problem) => {
      ground.replica.refused(revision, problem)
    },
  })
  return { control, dataPlane }
}

function notesOf(ground: Ground): readonly string[] {
  const notes: string[] = []
  const { room } = ground.journal
  if (room !== 'open') notes.push(`The journal is ${room}: new requests are refused until it is open again.`)
  const database = ground.database.state()
  if (database.state === 'away') notes.push(`The database is away: ${database.problem}`)
  if (database.state === 'full') notes.push('The disk of the database is nearly full: changes are refused.')
  if (ground.serviceKey.key.length < weakKeyCharacters)
    notes.push(`The service key has fewer than ${weakKeyCharacters} characters: anyone could guess it.`)
  const { secret } = ground.settings.tokens
  if (secret !== null && secret.length < weakSecretCharacters) {
    notes.push(
      `SUPABASE_JWT_SECRET has fewer than ${weakSecretCharacters} characters: one token is enough to guess it.`,
    )
  }
  const state = ground.bedrockCredentials.state()
  if (!state.ready) notes.push(`Amazon Bedrock cannot be called without credentials: set ${state.missing}`)
  if (!ground.database.durable)
    notes.push('The embedded database is not power-cut safe on this file system: its self-test saw no fsync.')
  if (ground.settings.durability === 'write')
    notes.push(
      'POINTSMAN_JOURNAL_DURABILITY=write: usage records survive a killed process, not a cut power line.',
    )
  return notes
}

async function stop(ground: Ground): Promise<void> {
  ground.stopping = true
  await ground.front.stop()
  await ground.closers.closeAll()
}
