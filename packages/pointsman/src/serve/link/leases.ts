import { createMemoryLedger, type LeaseAsk, type LimitCount, type LimitLeases } from '@pointsman/gateway'
import { systemClock } from '../clock.ts'
import type { Peer } from './peer.ts'
import type { LimitChange, ToControl } from './questions.ts'

/** A data plane leases a twentieth of a limit in advance. */
export const leasedShare = 1 / 20

const answerWithinMs = 25

/**
 * The host's counts over the link. Where the control plane does not answer in time, this data plane counts by itself, from
 * nothing, against the whole limit: known keys go on, and a limit may be overrun by as much for each data plane until the link
 * is back.
 */
export function createLinkLeases(peer: () => Peer<ToControl> | null): LimitLeases {
  const own = createMemoryLedger({ nowMs: systemClock.nowMs, opening: () => 0 })
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
      if (there === null) return own.lease(asks)
      const granted = there.ask('lease', asks)
      const late = Symbol('late')
      let cancel = (): void => undefined
      const alarm = new Promise<typeof late>((resolve) => {
        cancel = systemClock.after(answerWithinMs, () => resolve(late))
      })
      const [answer] = await Promise.allSettled([Promise.race([granted, alarm])])
      cancel()
      if (answer.status === 'fulfilled' && answer.value !== late) return answer.value
      void Promise.allSettled([granted.then((grants) => charge(givenBack(asks, grants)))])
      return own.lease(asks)
    },
  }
}

/** What came too late to be used. */
const givenBack = (asks: readonly LeaseAsk[], grants: readonly number[]): readonly LimitChange[] =>
  asks.flatMap(({ budget, kind, windowMs }, index) => {
    const amount = -(grants[index] ?? 0)
    return amount === 0 ? [] : [{ budget, kind, windowMs, amount }]
  })

/** The slots that one data plane holds: they end with it. Bound: one entry for each budget that has some under way there. */
export function createHeldSlots(ledger: LimitLeases): LimitLeases & { release(): void } {
  const held = new Map<string, number>()
  const note = ({ budget, kind }: Pick<LimitCount, 'budget' | 'kind'>, amount: number): void => {
    if (kind !== 'concurrent') return
    const now = (held.get(budget) ?? 0) + amount
    if (now > 0) held.set(budget, now)
    else held.delete(budget)
  }
  return {
    async lease(asks) {
      const grants = await ledger.lease(asks)
      for (const [index, ask] of asks.entries()) note(ask, grants[index] ?? 0)
      return grants
    },
    charge(changes) {
      for (const change of changes) note(change, change.amount)
      ledger.charge(changes)
    },
    release() {
      const slots = [...held].map(([budget, amount]) => ({
        ...{ budget, kind: 'concurrent' as const, windowMs: 0 },
        amount: -amount,
      }))
      held.clear()
      if (slots.length > 0) ledger.charge(slots)
    },
  }
}
