import type { CapturedExchange, FallbackEpisode, JournalPosition, PinClaim } from '@pointsman/contract'
import { blamesTheData, type Database, type IngestResult, type UsageBatch } from '@pointsman/registry'
import type { CollectedItem } from './collect-batch.ts'
import type { IngestRegistry } from './ingest.ts'

/** Whose edits these are; each switch names its own rule. */
const dataPlaneActor = { kind: 'rule', id: 'data-plane' } as const

export interface StoreParts {
  readonly database: Database
  readonly registry: IngestRegistry
  /** Keeps an item that the database refuses for what it says; durable when it resolves. */
  readonly setAside: (item: CollectedItem, error: unknown) => Promise<void>
}

export interface Stored {
  readonly inserted: number
  readonly repeated: number
  /** Another ingest was further than this one thought. */
  readonly skipped: boolean
}

/**
 * Stores a stretch of a journal with its checkpoint in one transaction. When the database refuses what the
 * records say, they are stored one by one, and only those that it refuses alone are set aside: one bad record
 * must not hold up all that follow for ever. Every other failure is the caller's to try again.
 */
export async function storeBatch(
  parts: StoreParts,
  items: readonly CollectedItem[],
  position: JournalPosition,
): Promise<Stored> {
  try {
    return outcomeOf(items, await transact(parts, items, position))
  } catch (error) {
    if (!blamesTheData(error) || items.length === 0) throw error
    const first = items[0]
    if (items.length > 1 || first === undefined) return storeOneByOne(parts, items, position)
    await parts.setAside(first, error)
    return outcomeOf([], await transact(parts, [], position))
  }
}

async function storeOneByOne(
  parts: StoreParts,
  items: readonly CollectedItem[],
  position: JournalPosition,
): Promise<Stored> {
  let inserted = 0
  let repeated = 0
  let skipped = false
  for (const [index, item] of items.entries()) {
    // The last one takes the checkpoint to the end of the stretch, past intents and damage.
    const upTo = index === items.length - 1 ? position : item.position
    const stored = await storeBatch(parts, [item], upTo)
    inserted += stored.inserted
    repeated += stored.repeated
    skipped ||= stored.skipped
  }
  return { inserted, repeated, skipped }
}

function transact(
  { database, registry }: StoreParts,
  items: readonly CollectedItem[],
  position: JournalPosition,
): Promise<IngestResult> {
  const batch = batchOf(items, position)
  return database.transaction(
    recordsSwitches(batch) ? { purpose: 'registry', actor: dataPlaneActor } : { purpose: 'plain' },
    (transaction) => registry.ingestBatch(transaction, batch),
  )
}

/** Fallbacks that were taken, and what first messages made of their conversations. */
const recordsSwitches = ({ claims = [], episodes = [] }: UsageBatch): boolean =>
  episodes.length > 0 || claims.some(({ autoSwitch }) => autoSwitch !== undefined)

function batchOf(items: readonly CollectedItem[], position: JournalPosition): UsageBatch {
  const lines: Uint8Array[] = []
  const claims: PinClaim[] = []
  const episodes: FallbackEpisode[] = []
  const captured: CapturedExchange[] = []
  for (const { json, record } of items) {
    if (record.type === 'outcome-line') lines.push(json)
    if (record.type === 'pin-claim') claims.push(record.claim)
    if (record.type === 'fallback-episode') episodes.push(record.episode)
    if (record.type === 'captured') captured.push(record.exchange)
  }
  return { lines, claims, episodes, captured, position }
}

function outcomeOf(items: readonly CollectedItem[], { inserted, skipped }: IngestResult): Stored {
  const records = items.filter(({ record }) => record.type === 'outcome-line').length
  return { inserted, repeated: skipped ? 0 : records - inserted, skipped }
}
