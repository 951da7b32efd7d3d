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

export interface LinkLeases extends LimitLeases {
  /**
   * To be called when a new link is open, with what the control plane told of its process: the slots that are under way count
   * there again, and another process than before gets back nothing that it did not grant.
   */
  opened(instance: string | undefined): void
}

/**
 * The host's counts over the link. Where the control plane does not answer in time, this data plane counts by itself, from
 * the slots that it has under way, against the whole limit: known keys go on, and a limit may be overrun by as much for each data
 * plane until the link is back. Or it refuses, where the operator wants that. A late answer is waited for once, not by each request.
 */
export function createLinkLeases(
  peer: () => Peer<ToControl> | null,
  whenAway: Settings['limitsWhenAway'],
): LinkLeases {
  return new OverLink(peer, whenAway)
}

/**
 * A holder of mutable state: who counts what. Bound: one entry for each budget that has slots under way, twice, and one for
 * each that was used while it counted by itself.
 */
class OverLink implements LinkLeases {
  readonly #peer: () => Peer<ToControl> | null
  readonly #whenAway: Settings['limitsWhenAway']
  /** What the control plane does not know of. */
  #own = emptyLedger()
  /** Budgets of which slots may be counted here. */
  readonly #ownSlots = new Set<string>()
  /** Budgets of which anything was leased or charged here: the control plane gets nothing back that it did not grant. */
  readonly #ownBudgets = new Set<string>()
  /** The slots that the control plane counts for the link which it knows of them by. */
  readonly #linked = new Map<string, number>()
  #linkedTo: Peer<ToControl> | null = null
  /** The control plane's process; undefined = not known. */
  #instance: string | undefined = undefined
  #onReplaced = (): void => undefined
  #late: Promise<unknown> | null = null

  constructor(peer: () => Peer<ToControl> | null, whenAway: Settings['limitsWhenAway']) {
    this.#peer = peer
    this.#whenAway = whenAway
  }

  async lease(asks: readonly LeaseAsk[]): Promise<readonly number[]> {
    const there = this.#present()
    if (there === null || this.#late !== null) return this.#leaseAlone(asks)
    const granted = there.ask('lease', asks)
    const taking = granted.catch(() => null)
    const answer = (await endsWithin(answerWithinMs, taking)) ? await taking : null
    if (answer !== null) {
      for (const change of changesOf(asks, answer).filter(isSlots)) this.#noteGranted(there, change)
      return answer
    }
    const isOver = granted.then((grants) => there.ask('charge', changesOf(asks, grants).map(givenBack)))
    this.#late = Promise.allSettled([isOver]).then(() => {
      this.#late = null
      this.#tellSlots()
    })
    return this.#leaseAlone(asks)
  }

  charge(changes: readonly LimitChange[]): void {
    const there = this.#present()
    if (there === null) {
      for (const { budget } of changes) this.#ownBudgets.add(budget)
      return this.#own.charge(changes)
    }
    const told = changes.map((change) => (this.#mayBeOwn(change) ? this.#endOwn(change) : change))
    this.#tell(there, told)
  }

  up(): boolean {
    return this.#present() !== null
  }

  onReplaced(listener: () => void): void {
    this.#onReplaced = listener
  }

  opened(instance: string | undefined): void {
    this.#tellSlots()
    // An older one does not tell it, and may be another each time.
    if (instance !== undefined && instance === this.#instance) return
    this.#instance = instance
    // What is left of it after the slots was used: it is in the records that the other one begins with.
    this.#own = emptyLedger()
    this.#ownBudgets.clear()
    this.#onReplaced()
  }

  #tellSlots(): void {
    const there = this.#present()
    if (there === null) return
    const slots = [...this.#ownSlots].map((budget) =>
      slotsOf(budget, this.#own.used?.(slotsOf(budget, 0)) ?? 0),
    )
    this.#ownSlots.clear()
    this.#own.charge(slots.map(givenBack))
    this.#tell(there, slots)
  }

  #leaseAlone(asks: readonly LeaseAsk[]): ReturnType<LimitLeases['lease']> {
    if (this.#whenAway === 'refuse') throw notCounted()
    for (const ask of asks) {
      this.#ownBudgets.add(ask.budget)
      if (isSlots(ask)) this.#ownSlots.add(ask.budget)
    }
    return this.#own.lease(asks)
  }

  /** The link, if it is there. What a lost one counted is free at its other end, and counted here until it is told again. */
  #present(): Peer<ToControl> | null {
    const there = this.#peer()
    if (there === this.#linkedTo) return there
    this.#linkedTo = there
    for (const [budget, amount] of this.#linked) this.#noteOwn(slotsOf(budget, amount))
    this.#linked.clear()
    return there
  }

  #noteGranted(by: Peer<ToControl>, slots: LimitChange): void {
    if (this.#present() === by) this.#noteLinked(slots)
    else this.#noteOwn(slots)
  }

  #noteOwn(slots: LimitChange): void {
    this.#ownSlots.add(slots.budget)
    this.#own.charge([slots])
  }

  #noteLinked({ amount, budget }: LimitChange): void {
    const now = (this.#linked.get(budget) ?? 0) + amount
    if (now > 0) this.#linked.set(budget, now)
    else this.#linked.delete(budget)
  }

  #mayBeOwn(change: LimitChange): boolean {
    return isSlots(change) || this.#ownBudgets.has(change.budget)
  }

  /** Of what goes back first that which the control plane does not know of; what is left for it to be told. */
  #endOwn(change: LimitChange): LimitChange {
    const ended = Math.max(0, Math.min(-change.amount, this.#own.used?.(change) ?? 0))
    if (ended > 0) this.#own.charge([{ ...change, amount: -ended }])
    return { ...change, amount: change.amount + ended }
  }

  /** A link that is lost meanwhile loses this too: its slots are counted here again, and what else was held ends with its window. */
  #tell(there: Peer<ToControl>, changes: readonly LimitChange[]): void {
    const some = changes.filter(({ amount }) => amount !== 0)
    if (some.length === 0) return
    for (const change of some.filter(isSlots)) this.#noteLinked(change)
    void Promise.allSettled([there.ask('charge', some)])
  }
}

const emptyLedger = () => createMemoryLedger({ nowMs: systemClock.nowMs, opening: () => 0 })
const isSlots = ({ kind }: LimitCount): boolean => kind === 'concurrent'
const slotsOf = (budget: string, amount: number): LimitChange => ({
  ...{ budget, kind: 'concurrent', windowMs: 0, amount },
})
const givenBack = (change: LimitChange): LimitChange => ({ ...change, amount: -change.amount })
const changesOf = (asks: readonly LeaseAsk[], grants: readonly number[]): readonly LimitChange[] =>
  asks.flatMap(({ budget, kind, windowMs }, index) => {
    const amount = grants[index] ?? 0
    return amount === 0 ? [] : [{ budget, kind, windowMs, amount }]
  })

const notCounted = (): PointsmanError =>
  new PointsmanError(
    'registry_unavailable',
    "This key's limits are counted by the control plane of this host, which does not answer just now. Try again in a moment.",
    { retryAfterMs: 1_000 },
  )

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
