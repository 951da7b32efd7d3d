import { hostname } from 'node:os'
import { PointsmanError, providerId, type ModelId, type ProviderId } from '@pointsman/contract'
import type { CircuitChange, CredentialState, ListQuestion, ProviderCredentials } from '@pointsman/engine'
import type { Gateway, ProbeResult } from '@pointsman/gateway'
import type { Journal } from '@pointsman/journal'
import type { MetricsReport } from '@pointsman/metrics'
import type { Settings } from '../settings.ts'
import { awsChain } from './aws-chain.ts'
import { openCalledProviders, type CalledProviders } from './called-providers.ts'
import { endsWithin } from './clock.ts'
import type { Closers } from './closers.ts'
import type { ControlLink } from './control-link.ts'
import type { Condition, ProviderFacts } from '@pointsman/control'
import { createDataPlane, type DataPlane } from './data-plane.ts'
import type { HostKeys } from './host-keys.ts'
import { lastGoodFolder } from './last-good.ts'
import type { Log } from './log.ts'
import { journalGauges, openMeters } from './meters.ts'
import { namedHosts } from './named-hosts.ts'
import { followPinChanges } from './pin-changes.ts'
import type { FollowedProviderKeys } from './provider-keys/follow-provider-keys.ts'
import type { Sandbox } from './providers.ts'
import { recordsInto } from './records.ts'
import { createReplica, type Replica } from './replica.ts'
import type { SupabaseTokens } from './supabase-tokens.ts'

export interface ServingParts {
  readonly settings: Settings
  readonly log: Log
  readonly sandbox: Sandbox | null
  readonly keys: HostKeys
  readonly serviceKey: string
  /** Null = signed-in users' tokens are not known here. */
  readonly tokens: SupabaseTokens | null
  readonly journal: Journal
  readonly control: ControlLink
  readonly closers: Closers
}

/** One data plane of this host, with its credentials, its replica and its journal. */
export interface Serving {
  readonly gateway: Gateway
  readonly replica: Replica
  probe(model: ModelId): Promise<ProbeResult>
  listBedrock(question: ListQuestion): Promise<string>
  providerStates(): ReadonlyMap<ProviderId, CredentialState>
  providers(): readonly ProviderFacts[]
  conditions(): readonly Condition[]
  /** What this data plane counted and how it is. */
  metrics(): Promise<MetricsReport>
  notes(): readonly string[]
  /**
   * Joins the replicas and takes a snapshot: the newest, or the last good one where the registry does not answer. Throws
   * where there is neither.
   */
  start(): Promise<void>
  /** `/readyz` says 503 from here on, so that nobody is sent here any more; requests are served. */
  drain(): void
  /** New requests are refused from here on. */
  refuseNew(): void
}

/** A shorter secret can be guessed from one token. */
const weakSecretCharacters = 32
/** Shorter service keys are taken, since they may be somebody's test, but told of. */
const weakKeyCharacters = 20
/** A registry that is away or slow must not keep the stop waiting: a lease ends by itself. */
const leaveWithinMs = 2_000

/** What is opened is closed by the closers. */
export async function createServing(parts: ServingParts): Promise<Serving> {
  const { closers, control, log, sandbox, settings } = parts
  const called = await openCalledProviders({ ...parts, awsChain: awsChain(settings.proxy) })
  const { credentials, providers, refusedCredentials } = called
  const replica = createReplica(log, () => dataPlane.circuits())
  const pinChanges = followPinChanges(control.pinNews, log)
  closers.add('pin changes', async () => pinChanges.stop())
  let draining = false
  let stopping = false
  const notes = (): readonly string[] => [...notesOf(parts, credentials, dataPlane), ...control.notes()]
  const meters = await openMeters({ settings, log, closers, instance: replica.id })
  const dataPlane = createDataPlane({
    ...{ settings, log, providers, credentials, refusedCredentials, pinChanges, notes, meters },
    keys: parts.keys,
    serviceKey: parts.serviceKey,
    tokens: parts.tokens,
    replica: replica.id,
    sandbox: sandbox !== null,
    namedHosts: namedHosts(settings, sandbox),
    records: recordsInto(parts.journal, meters),
    recordGauges: () => journalGauges(parts.journal),
    limits: control.limits,
    source: control.source,
    lastGood: lastGoodFolder(settings.dataDir),
    pinStore: control.pinStore,
    control: control.door,
    hostMetrics: () => control.hostMetrics(),
    draining: () => draining,
    stopping: () => stopping,
    onApplied: (snapshot) => {
      // In this order: an acknowledged revision's switch counts at the next request.
      const applied = [pinChanges.applied(snapshot.revision), called.keys.applied()]
      void Promise.all(applied).then(() => replica.applied(snapshot.revision))
    },
    onRefused: (revision, problem) => replica.refused(revision, problem),
    onCircuit: (change) => {
      tellCircuit(change, log)
      replica.circuitsMoved()
    },
  })
  closers.add('data plane', () => dataPlane.close())
  return {
    ...{ gateway: dataPlane.gateway, listBedrock: dataPlane.listBedrock },
    replica,
    probe: (model) => probe(model, dataPlane, called),
    providerStates: () => credentials.states(),
    providers: () => called.facts(),
    conditions: () => [...conditionsOf(parts.journal), ...called.conditions()],
    metrics: async () => dataPlane.metrics(),
    notes,
    start: () => start(parts, { replica, dataPlane, providerKeys: called.keys }),
    drain: () => {
      draining = true
    },
    refuseNew: () => {
      draining = true
      stopping = true
    },
  }
}

/** The key is told as it was when the call was made. */
async function probe(model: ModelId, dataPlane: DataPlane, called: CalledProviders): Promise<ProbeResult> {
  const credential = called.credentialOf(dataPlane.providerOf(model))
  const result = await dataPlane.probe(model)
  return credential === null ? result : { ...result, credential }
}

interface StartedParts {
  readonly replica: Replica
  readonly dataPlane: DataPlane
  readonly providerKeys: FollowedProviderKeys
}

async function start(
  { closers, control }: ServingParts,
  { dataPlane, providerKeys, replica }: StartedParts,
): Promise<void> {
  // The lease first: a switch from then on waits for this replica, so that nothing is missed in between.
  control.onUp(() => replica.rejoin())
  await replica.join(control.replicas)
  closers.add('replica', () => endsWithin(leaveWithinMs, replica.leave()))
  await providerKeys.start()
  await dataPlane.holder.start()
  const { lastFailure, revision } = dataPlane.holder.state()
  if (revision !== null) return
  throw new PointsmanError(
    'not_ready',
    `There is no snapshot of the registry to serve from: ${lastFailure?.message ?? 'the registry has none yet'}.`,
  )
}

function notesOf(
  parts: ServingParts,
  credentials: ProviderCredentials,
  { holder }: DataPlane,
): readonly string[] {
  const notes: string[] = []
  const { room } = parts.journal
  if (room !== 'open') notes.push(`The journal is ${room}: new requests are refused until it is open again.`)
  const { confirmedAtMs, revision } = holder.state()
  if (confirmedAtMs === null && revision !== null)
    notes.push(
      `The registry has not been reached since the start: revision ${revision.number} is served from the last good snapshot.`,
    )
  if (parts.serviceKey.length < weakKeyCharacters)
    notes.push(`The service key has fewer than ${weakKeyCharacters} characters: anyone could guess it.`)
  const { secret } = parts.settings.tokens
  if (secret !== null && secret.length < weakSecretCharacters)
    notes.push(
      `SUPABASE_JWT_SECRET has fewer than ${weakSecretCharacters} characters: one token is enough to guess it.`,
    )
  const state = credentials.state(providerId('bedrock'))
  if (!state.ready) notes.push(`Amazon Bedrock cannot be called without credentials: set ${state.missing}`)
  if (parts.settings.durability === 'write')
    notes.push(
      'POINTSMAN_JOURNAL_DURABILITY=write: usage records survive a killed process, not a cut power line.',
    )
  return notes
}

/** Twice for an episode at most: a circuit that opens again from a probe is open all the time. */
function tellCircuit({ held, modelId, region }: CircuitChange, log: Log): void {
  if (held === null) log('info', 'circuit_closed', { model: modelId, region })
  else log('warn', 'circuit_opened', { model: modelId, region, cause: held.cause, untilMs: held.untilMs })
}

const conditionsOf = ({ room }: Journal): readonly Condition[] =>
  room === 'open'
    ? []
    : [
        {
          ...{ kind: 'journal_closed', subject: hostname() },
          message: `The journal is ${room}: new requests are refused until it is open again.`,
        },
      ]
