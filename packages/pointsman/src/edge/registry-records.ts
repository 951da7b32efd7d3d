import type { JournalRecord, UsageRecord } from '@pointsman/contract'
import type { RecordSink } from '@pointsman/engine'
import { blamesTheData, takeUsage, type Database } from '@pointsman/registry'
import type { Log } from '../serve/log.ts'
import type { Meters } from '../serve/meters.ts'

type Told = Exclude<JournalRecord, { readonly type: 'intent' }>

interface Queued {
  readonly told: Told
  readonly taken: () => void
  readonly failed: (error: unknown) => void
}

export interface RegistryRecordsParts {
  readonly database: Database
  readonly log: Log
  readonly meters: Pick<Meters, 'take' | 'captured' | 'flush'>
  /** Work that the platform is to wait for. */
  readonly background: (work: Promise<unknown>) => void
  readonly waitMs: (ms: number) => Promise<void>
}

/** Whose edits these are; each switch names its own rule. */
const dataPlaneActor = { kind: 'rule', id: 'data-plane' } as const
/** What waits for a database that does not answer; beyond it requests are refused. */
const mostQueued = 500
/** A connection that was lost, a lock that was held: tried again so often, so long after each other. */
const pausesMs = [100, 400, 1_500]
/** What nobody took within it waits for the next answer. */
const sendWithinMs = 2_000

/**
 * Where nothing can be written to a disk the registry itself is what records are safe in: an outcome resolves once its transaction
 * is committed. Told twice they count once, so that a commit whose answer was lost is tried again. A holder of mutable state: what
 * waits, at most 500.
 */
export function recordsIntoRegistry(parts: RegistryRecordsParts): RecordSink {
  const { background, database, log, meters } = parts
  let queue: Queued[] = []
  let storing: Promise<void> | null = null
  const drain = async (): Promise<void> => {
    while (queue.length > 0) {
      const batch = queue
      queue = []
      await storeAll(batch, parts)
    }
  }
  const put = (told: Told): Promise<void> => {
    const stored = new Promise<void>((taken, failed) => queue.push({ told, taken, failed }))
    storing ??= drain().finally(() => (storing = null))
    background(storing)
    return stored
  }
  const putAside = (told: Told): void => {
    put(told).catch((error: unknown) => log('error', 'not_recorded', { type: told.type, error }))
  }
  return {
    // Nothing would close an intent that its process left open: there is no other one that knows of it.
    intent: () => undefined,
    outcome: (record) => {
      meters.take(record)
      // A platform may end the process with its last answer: a timer that was to send them would never run.
      background(meters.flush(sendWithinMs))
      return put({ type: 'outcome', record })
    },
    pinClaim: (claim) => putAside({ type: 'pin-claim', claim }),
    fallbackEpisode: (episode) => putAside({ type: 'fallback-episode', episode }),
    captured: (exchange) => {
      meters.captured(exchange)
      if (queue.length >= mostQueued) return false
      putAside({ type: 'captured', exchange })
      return true
    },
    state: () => {
      if (queue.length >= mostQueued) return 'overloaded'
      return database.state().state === 'ready' ? 'open' : 'failing'
    },
  }
}

/** Together; where the database refuses what one of them says, one by one, so that only that one is lost, and told of. */
async function storeAll(batch: readonly Queued[], parts: RegistryRecordsParts): Promise<void> {
  try {
    await storePatiently(batch, parts)
    for (const { taken } of batch) taken()
  } catch (error) {
    if (batch.length > 1 && blamesTheData(error)) {
      for (const one of batch) await storeAll([one], parts)
      return
    }
    for (const { failed, told } of batch) {
      if (told.type === 'outcome') tellWhole(told.record, error, parts.log)
      failed(error)
    }
  }
}

/** The last place where a record that no database took can be found again; it holds neither prompt nor answer. */
function tellWhole(record: UsageRecord, error: unknown, log: Log): void {
  log('error', 'usage_not_recorded', { error, record })
}

async function storePatiently(batch: readonly Queued[], parts: RegistryRecordsParts): Promise<void> {
  for (const pauseMs of pausesMs) {
    try {
      return await store(batch, parts.database)
    } catch (error) {
      if (blamesTheData(error)) throw error
      await parts.waitMs(pauseMs)
    }
  }
  await store(batch, parts.database)
}

async function store(batch: readonly Queued[], database: Database): Promise<void> {
  const told = batch.map((one) => one.told)
  const records = told.flatMap((one) => (one.type === 'outcome' ? [one.record] : []))
  const claims = told.flatMap((one) => (one.type === 'pin-claim' ? [one.claim] : []))
  const episodes = told.flatMap((one) => (one.type === 'fallback-episode' ? [one.episode] : []))
  const captured = told.flatMap((one) => (one.type === 'captured' ? [one.exchange] : []))
  const switches = episodes.length > 0 || claims.some(({ autoSwitch }) => autoSwitch !== undefined)
  await database.transaction(
    switches ? { purpose: 'registry', actor: dataPlaneActor } : { purpose: 'plain' },
    (transaction) => takeUsage(transaction, { records, claims, episodes, captured }),
  )
}
