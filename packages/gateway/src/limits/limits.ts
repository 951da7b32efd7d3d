import {
  inputTokensOf,
  PointsmanError,
  type Key,
  type Principal,
  type RequestId,
  type UsageBuckets,
  type UsageRecord,
} from '@pointsman/contract'
import type { LimitAsk, LimitEstimate, Limits, LimitStanding } from '@pointsman/engine'
import type { LeaseAsk, LimitKind, LimitLeases } from '../ports.ts'
import { Meter } from './meter.ts'
import { windowEnd } from './windows.ts'

export interface LimitsOptions {
  /** The key as the present snapshot has it; undefined once it was revoked. */
  readonly keyOf: (id: string) => Key | undefined
  readonly leases: LimitLeases
  /**
   * How much of a limit is leased in advance, so that not every request waits for a lease; 0 where leases are answered at
   * once.
   */
  readonly share: number
}

/** One budget: its meters, and the requests under way that reserved of them. */
interface Account {
  keyId: string
  readonly meters: Map<LimitKind, Meter>
  under: number
  /** It is among those that are looked at. */
  isLive: boolean
  /** Requests that wait for a lease, and the end of the last one's wait. */
  waiting: number
  turn: Promise<void>
}

interface Hold {
  readonly meter: Meter
  readonly windowMs: number
  readonly amount: number
  readonly limit: number
}

interface Reservation {
  readonly account: Account
  readonly holds: readonly Hold[]
}

const minuteMs = 60_000
const nothing = (): void => undefined

/**
 * The limits of keys. A request reserves the most that it may use; at its end what it used stands in that place. Of money
 * and tokens the last request is let in as long as anything is left: a process overruns a limit by that one request's
 * use at most, and by what its estimate fell short of. Bound: one account for each limited key that was used; those of revoked
 * keys go within a minute in which anything is counted. One reservation for each request under way.
 */
export function createLimits(options: LimitsOptions): TendedLimits {
  return new KeyLimits(options)
}

export interface TendedLimits extends Limits {
  /**
   * To be called every second where slices are leased in advance: what was not used since the last time goes back, so that
   * others are not refused because of it.
   */
  tend(nowMs: number): void
}

class KeyLimits implements TendedLimits {
  readonly #options: LimitsOptions
  readonly #accounts = new Map<string, Account>()
  /** The accounts that may hold what nobody uses: a look at all of them would hold up requests. */
  readonly #live = new Set<Account>()
  readonly #reservations = new Map<RequestId, Reservation>()
  #tidiedMinute = 0

  constructor(options: LimitsOptions) {
    this.#options = options
    options.leases.onReplaced?.(() => {
      for (const { meters } of this.#accounts.values())
        for (const meter of meters.values()) meter.forgetGrants()
    })
  }

  reserve(ask: LimitAsk, nowMs: number): void | Promise<void> {
    const { principal } = ask
    const key = principal.kind === 'key' ? this.#options.keyOf(principal.id) : undefined
    const limits = key === undefined ? noLimits : limitsOf(key)
    if (key === undefined || limits.length === 0) return
    const account = this.#accountOf(key, nowMs)
    this.#enliven(account)
    const wanted = { requestId: ask.requestId, key, limits, account, estimate: ask.estimate() }
    const asks = account.waiting > 0 ? [] : this.#lacking(wanted, nowMs)
    const grants = asks.length === 0 ? [] : this.#options.leases.lease(asks)
    if (account.waiting === 0 && !(grants instanceof Promise)) {
      grantAll(account, asks, grants)
      return this.#admit(wanted, nowMs)
    }
    // Its refusal, if it is one, is told when this request's turn comes.
    void Promise.allSettled([grants])
    return this.#queue(account, () => this.#lease(wanted, { asks, grants }, nowMs))
  }

  settle(record: UsageRecord, nowMs: number): void {
    // Mostly no key has a limit, and to look for a text that is new costs 0.7 µs.
    if (this.#reservations.size === 0) return
    const reservation = this.#reservations.get(record.requestId)
    if (reservation === undefined) return
    this.#reservations.delete(record.requestId)
    const { account, holds } = reservation
    account.under -= 1
    this.#enliven(account)
    for (const { meter, windowMs, amount } of holds) {
      meter.roll(nowMs)
      meter.settle(windowMs, amount, usedOf(meter.kind, record, amount))
    }
    this.#balance(holds)
  }

  standing(principal: Principal, nowMs: number): readonly LimitStanding[] {
    const key = principal.kind === 'key' ? this.#options.keyOf(principal.id) : undefined
    const limits = key === undefined ? noLimits : limitsOf(key)
    if (key === undefined || limits.length === 0) return noStandings
    return limits.flatMap(({ kind, limit }) => {
      if (kind !== 'requests' && kind !== 'tokens') return []
      const meter = meterOf(this.#accountOf(key, nowMs), kind)
      meter.roll(nowMs)
      // What this process has leased and not used is left, too.
      const used = (this.#options.leases.used?.(meter.count) ?? meter.used + meter.free) - meter.free
      const remaining = Math.max(0, Math.min(limit, limit - used))
      return { kind, limit, remaining, resetMs: windowEnd(kind, nowMs) - nowMs }
    })
  }

  tend(nowMs: number): void {
    // Nobody is refused meanwhile because of what lies here, and who granted it would count it as used for good.
    if (!this.#mayGiveBack()) return
    const changes = [...this.#live].flatMap((account) => {
      // Who waits for a lease counts on what was free when it asked.
      if (account.waiting > 0) return []
      const meters = [...account.meters.values()]
      const given = meters.flatMap((meter) => {
        meter.roll(nowMs)
        const unused = meter.takeUnused()
        return unused === 0 ? [] : [{ ...meter.count, amount: -unused }]
      })
      account.isLive = meters.some(({ free }) => free > 0)
      if (!account.isLive) this.#live.delete(account)
      return given
    })
    if (changes.length > 0) this.#options.leases.charge(changes)
  }

  #mayGiveBack(): boolean {
    return this.#options.leases.up?.() ?? true
  }

  #enliven(account: Account): void {
    if (account.isLive) return
    account.isLive = true
    this.#live.add(account)
  }

  /** One lease of a budget at a time: a burst then asks once for a slice, not once for each of its requests. */
  async #queue(account: Account, work: () => Promise<void>): Promise<void> {
    account.waiting += 1
    const mine = account.turn.then(work)
    // The refusal is this request's: the next in the queue begins whatever came of it.
    account.turn = mine.then(nothing, nothing)
    try {
      await mine
    } finally {
      account.waiting -= 1
    }
  }

  /** Takes in what was asked for; asks again for what others took meanwhile. */
  async #lease(wanted: Wanted, first: Leased, nowMs: number): Promise<void> {
    grantAll(wanted.account, first.asks, await first.grants)
    const asks = this.#lacking(wanted, nowMs)
    if (asks.length > 0) grantAll(wanted.account, asks, await this.#options.leases.lease(asks))
    this.#admit(wanted, nowMs)
  }

  #lacking({ account, estimate, limits }: Wanted, nowMs: number): readonly LeaseAsk[] {
    return limits.flatMap(({ kind, limit }) => {
      const meter = meterOf(account, kind)
      meter.roll(nowMs)
      return meter.lacking(neededOf(kind, estimate, limit), limit, this.#options.share) ?? []
    })
  }

  /** Throws `limit_reached` for the limit that is longest in the way. */
  #admit(wanted: Wanted, nowMs: number): void {
    const { account, estimate, key, limits, requestId } = wanted
    const holds = limits.map(({ kind, limit }) => {
      const meter = meterOf(account, kind)
      return { meter, limit, windowMs: meter.count.windowMs, amount: neededOf(kind, estimate, limit) }
    })
    const refusals = holds
      .filter(({ meter, amount }) => !meter.admits(amount))
      .map(({ meter, limit }) => refusalOf(key, { meter, limit }, nowMs))
      .sort((one, other) => other.retryAfterMs - one.retryAfterMs)
    const [longest] = refusals
    if (longest !== undefined) {
      this.#balance(holds)
      throw new PointsmanError('limit_reached', longest.message, { retryAfterMs: longest.retryAfterMs })
    }
    for (const { meter, amount } of holds) meter.reserve(amount)
    account.under += 1
    this.#reservations.set(requestId, { account, holds })
  }

  #balance(holds: readonly Hold[]): void {
    const mayGiveBack = this.#mayGiveBack()
    const changes = holds.flatMap(({ meter, limit }) => {
      const { count, kind } = meter
      // Which slots are under way is told anew whenever somebody is there again.
      const amount = meter.balance(limit, this.#options.share, mayGiveBack || kind === 'concurrent')
      return amount === 0 ? [] : [{ ...count, amount }]
    })
    if (changes.length > 0) this.#options.leases.charge(changes)
  }

  #accountOf(key: Key, nowMs: number): Account {
    this.#forgetRevoked(Math.floor(nowMs / minuteMs))
    const budget = key.budget ?? key.id
    const present = this.#accounts.get(budget)
    if (present !== undefined) {
      present.keyId = key.id
      return present
    }
    const kinds = ['requests', 'tokens', 'concurrent', 'spend-day', 'spend-month'] as const
    const meters = new Map(kinds.map((kind) => [kind, new Meter(budget, kind)]))
    const account = { keyId: key.id, meters, under: 0, isLive: false, waiting: 0, turn: Promise.resolve() }
    this.#accounts.set(budget, account)
    return account
  }

  #forgetRevoked(minute: number): void {
    if (minute === this.#tidiedMinute) return
    this.#tidiedMinute = minute
    for (const [budget, account] of this.#accounts) {
      if (account.under + account.waiting > 0 || this.#options.keyOf(account.keyId) !== undefined) continue
      this.#accounts.delete(budget)
      this.#live.delete(account)
    }
  }
}

interface Leased {
  readonly asks: readonly LeaseAsk[]
  readonly grants: readonly number[] | Promise<readonly number[]>
}

interface Limit {
  readonly kind: LimitKind
  readonly limit: number
}

interface Wanted {
  readonly requestId: RequestId
  readonly key: Key
  readonly limits: readonly Limit[]
  readonly account: Account
  readonly estimate: LimitEstimate
}

const noLimits: readonly Limit[] = []
const noStandings: readonly LimitStanding[] = []

// By the key's own object, which lives as long as the snapshots that have it: three questions of each request are asked of it.
const limitsOfKeys = new WeakMap<Key, readonly Limit[]>()

function limitsOf(key: Key): readonly Limit[] {
  const known = limitsOfKeys.get(key)
  if (known !== undefined) return known
  const limits = readLimits(key)
  limitsOfKeys.set(key, limits)
  return limits
}

function readLimits(key: Key): readonly Limit[] {
  const stated: readonly (readonly [LimitKind, number | null | undefined])[] = [
    ['concurrent', key.concurrentRequests],
    ['requests', key.requestsPerMinute],
    ['tokens', key.tokensPerMinute],
    ['spend-day', key.spendPerDayNanoUsd],
    ['spend-month', key.spendPerMonthNanoUsd],
  ]
  return stated.flatMap(([kind, limit]) => (limit === null || limit === undefined ? [] : [{ kind, limit }]))
}

function meterOf({ meters }: Account, kind: LimitKind): Meter {
  const meter = meters.get(kind)
  if (meter === undefined) throw new PointsmanError('internal', `There is no meter of ${kind}.`)
  return meter
}

function grantAll(account: Account, asks: readonly LeaseAsk[], grants: readonly number[]): void {
  for (const [index, ask] of asks.entries()) meterOf(account, ask.kind).grant(ask, grants[index] ?? 0)
}

/**
 * No more than the whole limit: that keeps others out as well, and in a huge sum what was used before is lost. Of a limit of
 * nothing there is still something wanted.
 */
function neededOf(kind: LimitKind, { costNanoUsd, tokens }: LimitEstimate, limit: number): number {
  const most = Math.max(1, limit)
  if (kind === 'tokens') return Math.min(tokens, most)
  return kind === 'spend-day' || kind === 'spend-month' ? Math.min(costNanoUsd, most) : 1
}

/**
 * What a request used in the end: answers that could not be given included, whoever served. One that a model served at a
 * cost or a size that is not known used what was reserved.
 */
function usedOf(kind: LimitKind, record: UsageRecord, reserved: number): number {
  const unknown = record.modelId === null ? 0 : reserved
  switch (kind) {
    case 'requests':
      return 1
    case 'concurrent':
      return 0
    case 'tokens':
      return (tokensOf(record.usage) ?? unknown) + tokensOfOthers(record.usage)
    case 'spend-day':
    case 'spend-month':
      return record.costNanoUsd ?? unknown
    default:
      return kind satisfies never
  }
}

function tokensOf(usage: UsageBuckets): number | null {
  const { outputTokens } = usage
  const inputTokens = inputTokensOf(usage)
  return inputTokens === null || outputTokens === null ? null : inputTokens + outputTokens
}

const tokensOfOthers = ({ others = [] }: UsageBuckets): number =>
  others.reduce((sum, { usage }) => sum + (tokensOf(usage) ?? 0), 0)

/** When the answers under way may leave some of a budget. */
const soonMs = 1_000

function refusalOf(
  { name }: Key,
  { meter, limit }: { readonly meter: Meter; readonly limit: number },
  nowMs: number,
): { readonly message: string; readonly retryAfterMs: number } {
  const { kind } = meter
  const endMs = windowEnd(kind, nowMs) - nowMs
  const waits = meter.mayFree && kind !== 'requests'
  return {
    message: `The key "${name}" has used ${words[kind](limit)}${waits && kind !== 'concurrent' ? ', requests under way included' : ''}.`,
    retryAfterMs: waits ? Math.min(soonMs, endMs) : endMs,
  }
}

const dollars = (nanoUsd: number): number => nanoUsd / 1e9
const words: { readonly [Kind in LimitKind]: (limit: number) => string } = {
  requests: (limit) => `its ${limit} requests of this minute`,
  tokens: (limit) => `its ${limit} tokens of this minute`,
  concurrent: (limit) => `all ${limit} requests that it may have under way at once`,
  'spend-day': (limit) => `its ${dollars(limit)} US dollars of this day (UTC)`,
  'spend-month': (limit) => `its ${dollars(limit)} US dollars of this month (UTC)`,
}
