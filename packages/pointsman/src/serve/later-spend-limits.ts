import type { SnapshotPart } from '@pointsman/contract'
import type { SnapshotSource } from '@pointsman/engine'
import { readBudgetSpend, type Database } from '@pointsman/registry'
import { systemClock } from './clock.ts'
import type { Log } from './log.ts'
import { spendWindowsAt, type SpendOpenings } from './spend-openings.ts'

export interface LaterSpendLimitsParts {
  readonly source: SnapshotSource
  /** What budgets have spent, as far as it is recorded. */
  readonly read: (budgets: readonly string[]) => Promise<void>
  readonly log: Log
}

/** As `read` of it: from the registry, into what counts begin with. */
export const readingSpend =
  (database: Database, openings: SpendOpenings, raise: () => void) =>
  async (budgets: readonly string[]): Promise<void> => {
    const windows = spendWindowsAt(systemClock.nowMs())
    openings.add(windows, await readBudgetSpend(database, { ...windows, budgets }))
    raise()
  }

/**
 * From one read to the next: at once; when the records of what is over are in; of what was brief; and of whatever was under
 * way without a limit when it was set, since no request lasts longer unless an operator lets it.
 */
const waitsMs = [0, 5_000, 55_000, 900_000]
/** Limits that a program sets one by one are read of together. */
const gatherMs = 1_000

/**
 * Nobody counts what a key without a limit of spend spends. Where it is given one, what the records tell of it is read anew,
 * and again until they tell all. A holder of mutable state: the parts of keys as they were last seen, and the reads to come.
 * Never rejects.
 */
export function followSpendLimits({ log, read, source }: LaterSpendLimitsParts): { stop(): void } {
  const gathered = new Set<string>()
  const cancels = new Set<() => void>()
  let kept: ReadonlyMap<string, KeysPart> | null = null
  let looking: Promise<void> = Promise.resolve()
  let gathers = false
  let stopped = false
  const after = (delayMs: number, work: () => void): void => {
    const cancel = systemClock.after(delayMs, () => {
      cancels.delete(cancel)
      work()
    })
    cancels.add(cancel)
  }
  const tell = (error: unknown): void => {
    if (!stopped) log('warn', 'spend_not_read', { error })
  }
  const readRepeatedly = (budgets: readonly string[], [waitMs, ...more]: readonly number[]): void => {
    if (waitMs === undefined) return
    after(waitMs, () => {
      readRepeatedly(budgets, more)
      void read(budgets).catch(tell)
    })
  }
  const begin = (): void => {
    gathers = gathered.size > 0
    if (!gathers) return
    readRepeatedly([...gathered], waitsMs)
    gathered.clear()
    after(gatherMs, begin)
  }
  const look = async (): Promise<void> => {
    const parts = await keysParts(source, kept ?? new Map())
    if (stopped || parts === null) return
    // What was limited when this process began was read then.
    if (kept !== null) for (const budget of newlyLimited(kept, parts)) gathered.add(budget)
    kept = parts
    if (!gathers) begin()
  }
  const lookNext = (): void => {
    looking = looking.then(look).catch(tell)
  }
  const unfollow = source.onChange(lookNext)
  lookNext()
  return {
    stop() {
      stopped = true
      unfollow()
      for (const cancel of cancels) cancel()
    },
  }
}

type KeysPart = Extract<SnapshotPart, { readonly kind: 'keys' }>

/** The newest snapshot's, by their hashes; null = there is none, or not whole. Only those that are not kept are asked for. */
async function keysParts(
  source: SnapshotSource,
  kept: ReadonlyMap<string, KeysPart>,
): Promise<ReadonlyMap<string, KeysPart> | null> {
  const manifest = await source.latest()
  const hashes = manifest?.parts.flatMap(({ hash, kind }) => (kind === 'keys' ? [hash] : []))
  if (hashes === undefined) return null
  const missing = hashes.filter((hash) => !kept.has(hash))
  const came = missing.length === 0 ? [] : await source.parts(missing)
  if (came.length < missing.length) return null
  const fresh = new Map(missing.map((hash, index) => [hash, came[index]]))
  return new Map(
    hashes.flatMap((hash) => {
      const part = kept.get(hash) ?? fresh.get(hash)
      return part?.kind === 'keys' ? [[hash, part] as const] : []
    }),
  )
}

/** Budgets that have a limit of spend of a kind which they had not. Of 100,000 keys it walks only the parts that changed. */
function newlyLimited(
  before: ReadonlyMap<string, KeysPart>,
  now: ReadonlyMap<string, KeysPart>,
): ReadonlySet<string> {
  const had = spendLimitsOf([...before].flatMap(([hash, part]) => (now.has(hash) ? [] : [part])))
  const has = spendLimitsOf([...now].flatMap(([hash, part]) => (before.has(hash) ? [] : [part])))
  return new Set([...has].flatMap(([limit, budget]) => (had.has(limit) ? [] : [budget])))
}

const spendLimitsOf = (parts: readonly KeysPart[]): ReadonlyMap<string, string> =>
  new Map(
    parts.flatMap(({ entries }) =>
      entries.flatMap(({ budget, id, spendPerDayNanoUsd, spendPerMonthNanoUsd = null }) => {
        const of = budget ?? id
        const day = spendPerDayNanoUsd === null ? [] : [[`day ${of}`, of] as const]
        return spendPerMonthNanoUsd === null ? day : [...day, [`month ${of}`, of] as const]
      }),
    ),
  )
