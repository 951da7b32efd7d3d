import { PointsmanError } from '@pointsman/contract'
import { createMemoryLedger, type LeaseAsk, type LimitCount, type LimitLeases } from '@pointsman/gateway'
import type { Settings } from '../../settings.ts'
import { endsWithin, systemClock } from '../clock.ts'
import type { Peer } from './peer.ts'
import type { LimitChange, ToControl } from './questions.ts'

/** A data plane leases a twentieth of a limit in advance. */
export const leasedShare = 1 / 20

/** A little more than the host itself waits for its database. */
const answerWithinMs = 1_200

/**
 * The host's counts over the link. Where the control plane does not answer in time, this data plane counts by itself, from
 * nothing, against the whole limit: known keys go on, and a limit may be overrun by as much for each data plane until the link
 * is back. Or it refuses, where the operator wants that. A late answer is waited for once, not by each request.
 */
export function createLinkLeases(
  peer: () => Peer<ToControl> | null,
  whenAway: Settings['limitsWhenAway'],
): LimitLeases {
  const own = createMemoryLedger({ nowMs: systemClock.nowMs, opening: () => 0 })
  let late: Promise<unknown> | null = null
  const alone = (asks: readonly LeaseAsk[]) => {
    if (whenAway === 'count') return own.lease(asks)
    throw new PointsmanError(
      'registry_unavailable',
      "This key's limits are counted by the control plane of this host, which does not answer just now. Try again in a moment.",
      { retryAfterMs: 1_000 },
    )
  }
  const charge = (changes: readonly LimitChange[]): void => {
    const there = peer()
    if (there === null) own.charge(changes)
    // A link that is lost meanwhile loses this too: slots are freed with it, and what else was held ends with its window.
    else void Promise.allSettled([there.ask('charge', changes)])
  }
  return {
    charge,
    async lease(asks) {
      const there = peer()
      if (there === null || late !== null) return alone(asks)
      const granted = there.ask('lease', asks)
      const taking = granted.catch(() => null)
      const answer = (await endsWithin(answerWithinMs, taking)) ? await taking : null
      if (answer !== null) return answer
      const isOver = granted.then((grants) => charge(givenBack(asks, grants)))
      late = Promise.allSettled([isOver]).then(() => (late = null))
      return alone(asks)
    },
  }
}

/** What came too late to be used. */
const givenBack = (asks: readonly LeaseAsk[], grants: readonly number[]): readonly LimitChange[] =>
  asks.flatMap(({ budget, kind, windowMs }, index) => {
    const amount = -(grants[index] ?? 0)
    return amount === 0 ? [] : [{ budget, kind, windowMs, amount }]
  })

/**
 * The slots that one data plane holds: they end with its link. Of slots it gives back no more than it holds here: those of a
 * link that was lost are free already, and others may have them. Bound: one entry for each budget that has some under way there.
 */
export function createHeldSlots(ledger: LimitLeases): LimitLeases & { release(): void } {
  const held = new Map<string, number>()
  let isGone = false
  /** The change that it makes here. */
  const note = ({ budget, kind }: Pick<LimitCount, 'budget' | 'kind'>, amount: number): number => {
    if (kind !== 'concurrent') return amount
    const before = held.get(budget) ?? 0
    const now = Math.max(0, before + amount)
    if (now > 0) held.set(budget, now)
    else held.delete(budget)
    return now - before
  }
  const release = (): void => {
    isGone = true
    const slots = [...held].map(([budget, amount]) => ({
      ...{ budget, kind: 'concurrent' as const, windowMs: 0 },
      amount: -amount,
    }))
    held.clear()
    if (slots.length > 0) ledger.charge(slots)
  }
  return {
    async lease(asks) {
      const grants = await ledger.lease(asks)
      for (const [index, ask] of asks.entries()) note(ask, grants[index] ?? 0)
      if (isGone) release()
      return grants
    },
    charge(changes) {
      const made = changes.map((change) => ({ ...change, amount: note(change, change.amount) }))
      const some = made.filter(({ amount }) => amount !== 0)
      if (some.length > 0) ledger.charge(some)
    },
    release,
  }
}
