import { PointsmanError } from '@pointsman/contract'
import type { LeaseAsk, LimitCount, LimitLeases } from '../ports.ts'
import { windowEnd, windowOf } from './windows.ts'

/** A count as this process has it, for the source; and what it wants beyond. */
export interface SharedReport extends LimitCount {
  readonly endsMs: number
  /** Leased so far, what was given back left out. */
  readonly held: number
  /** Of that what is used. */
  readonly settled: number
  readonly wanted: number
  readonly limit: number
  /** What the records tell of the whole count, of all processes. */
  readonly atLeast: number
}

/** Keeps the counts that several hosts share. */
export interface LimitSource {
  /** False = it does not answer just now: nobody is to wait for it. */
  up(): boolean
  /** One answer for each report; no reports = this process still lives. */
  lease(
    reports: readonly SharedReport[],
  ): Promise<readonly { readonly granted: number; readonly others: number }[]>
}

export interface SharedLedgerOptions {
  readonly source: LimitSource
  readonly clock: {
    readonly nowMs: () => number
    readonly after: (delayMs: number, callback: () => void) => () => void
  }
  /** What the records tell of a count, of all processes. 0 unless known. */
  readonly opening: (count: LimitCount) => number
  /** Where the source does not answer: count by itself, against what it last knew of the others; or refuse. */
  readonly whenAway: 'count' | 'refuse'
  readonly onFailure: (error: unknown) => void
}

export interface SharedLedger extends LimitLeases {
  /** The openings are known better now: the source is told of counts that stand below their own. */
  raise(): void
  /** Gives back what is not used. Never rejects. */
  stop(): Promise<void>
}

interface Entry extends LimitCount {
  limit: number
  held: number
  /** Handed out within this process. */
  used: number
  /** What others have of it, as the source last said; null = it was never asked. */
  others: number | null
  /** The source had no more to give a moment ago: it is not asked again before. */
  emptyUntilMs: number
  /** What requests that wait for the next answer want. */
  wanted: number
  isDirty: boolean
  usedAtMs: number
}

const sharedSlice = 1 / 20
/**
 * Long enough for a database under load: a limit that is overrun because of a slow one would be no limit. In ten steps, because
 * a loop that was held up has not looked for the answer meanwhile.
 */
const answerStepMs = 100
const answerSteps = 10
/** Kept of a count that is used up: a flood of a key that has spent all asks this often, not each time. */
const emptyForMs = 250
const tellEveryMs = 1_000
const idleAfterMs = 5_000
const tidyEveryMs = 60_000
const mostReports = 500
const dayMs = 86_400_000

/**
 * One process's part of counts that hosts share. It hands out of its slices at once; a slice is a twentieth of a limit, and
 * what is free beyond two goes back within a second, what nobody uses within six. Where the source is late this process counts by
 * itself until it answers. Bound: five entries for each key that is limited and was used in the present windows.
 */
export const createSharedLedger = (options: SharedLedgerOptions): SharedLedger => new Shared(options)

class Shared implements SharedLedger {
  readonly #options: SharedLedgerOptions
  readonly #entries = new Map<string, Entry>()
  /** The one question under way, and the one after it, which takes all that is wanted until it begins. */
  #asking: Promise<unknown> = Promise.resolve()
  #forming: Promise<boolean> | null = null
  /** What is still to be told of the last reports, the longest due first. Bound: the entries. */
  readonly #due = new Set<Entry>()
  #isLate = false
  #cancelTell: (() => void) | null = null
  #tidiedAtMs: number
  #stopped = false

  constructor(options: SharedLedgerOptions) {
    this.#options = options
    this.#tidiedAtMs = options.clock.nowMs()
  }

  lease(asks: readonly LeaseAsk[]): readonly number[] | Promise<readonly number[]> {
    const nowMs = this.#options.clock.nowMs()
    const lacking = asks.filter((ask) => {
      const entry = this.#entryOf(ask)
      entry.limit = ask.limit
      return freeOf(entry) < ask.amount && entry.emptyUntilMs <= nowMs
    })
    if (lacking.length === 0) return this.#take(asks)
    if (this.#isLate || !this.#options.source.up()) return this.#takeAlone(asks)
    return this.#takeLeased(asks, lacking)
  }

  charge(changes: readonly (LimitCount & { readonly amount: number })[]): void {
    for (const change of changes) {
      const entry = this.#entryOf(change)
      // Never negative: a slot that is given back twice must not let one more in.
      entry.used = Math.max(0, entry.used + change.amount)
      entry.held = Math.max(entry.held, entry.used)
      // What a worker gives back lay idle there.
      if (change.amount > 0) entry.usedAtMs = this.#options.clock.nowMs()
      this.#touch(entry)
    }
  }

  used(count: LimitCount): number {
    const { others, used } = this.#entryOf(count)
    return used + (others ?? 0)
  }

  raise(): void {
    for (const entry of this.#entries.values())
      if (this.#options.opening(entry) > entry.used + (entry.others ?? 0)) this.#touch(entry)
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#cancelTell?.()
    for (const entry of this.#entries.values()) {
      entry.held = entry.kind === 'concurrent' ? 0 : entry.used
      entry.isDirty = true
      this.#due.add(entry)
    }
    while (this.#options.source.up() && (await this.#queueAsk()) && this.#due.size > 0);
  }

  /** What is free of what was asked for, down to nothing. */
  #take(asks: readonly LeaseAsk[]): readonly number[] {
    const nowMs = this.#options.clock.nowMs()
    return asks.map((ask) => {
      const entry = this.#entryOf(ask)
      const granted = Math.max(0, Math.min(ask.amount, freeOf(entry)))
      if (granted === 0) return 0
      entry.used += granted
      entry.usedAtMs = nowMs
      this.#touch(entry)
      return granted
    })
  }

  /** Against what was last known of the others: what they lease meanwhile is the overrun. */
  #takeAlone(asks: readonly LeaseAsk[]): readonly number[] {
    const { opening, whenAway } = this.#options
    const nowMs = this.#options.clock.nowMs()
    for (const ask of asks) {
      const entry = this.#entryOf(ask)
      const missing = ask.amount - freeOf(entry)
      if (missing <= 0 || entry.emptyUntilMs > nowMs) continue
      if (whenAway === 'refuse') {
        this.#tellLater()
        throw notLeased()
      }
      const taken = entry.others === null ? Math.max(entry.held, opening(entry)) : entry.held + entry.others
      entry.held += Math.max(0, Math.min(missing, entry.limit - taken))
    }
    return this.#take(asks)
  }

  async #takeLeased(asks: readonly LeaseAsk[], lacking: readonly LeaseAsk[]): Promise<readonly number[]> {
    const entries = lacking.map((ask) => [this.#entryOf(ask), ask.amount] as const)
    for (const [entry, amount] of entries) entry.wanted += amount
    const answered = await this.#inTime(this.#queueAsk())
    for (const [entry, amount] of entries) entry.wanted -= amount
    return answered ? this.#take(asks) : this.#takeAlone(asks)
  }

  /** Joins the next question; of two at once the second would not know what the first was given. */
  #queueAsk(): Promise<boolean> {
    this.#forming ??= this.#asking.then(() => {
      this.#forming = null
      const answered = this.#ask()
      this.#asking = answered
      return answered
    })
    return this.#forming
  }

  /** Whether the answer came in time. One that is late is waited for by nobody else until it is there. */
  async #inTime(answer: Promise<boolean>): Promise<boolean> {
    let cancel = (): void => undefined
    const alarm = new Promise<false>((resolve) => {
      const step = (left: number): void => {
        if (left === 0) return resolve(false)
        cancel = this.#options.clock.after(answerStepMs, () => step(left - 1))
      }
      step(answerSteps)
    })
    const came = await Promise.race([answer, alarm])
    cancel()
    if (came || this.#isLate) return came
    this.#isLate = true
    this.#options.onFailure(new Error(`no answer within ${answerStepMs * answerSteps} ms`))
    return false
  }

  /**
   * All that requests wait for, in pieces; what is due fills the last of them, and what finds no room there goes with the
   * next questions, so that no request waits for long reports. Never rejects; false = not all of it was answered.
   */
  async #ask(): Promise<boolean> {
    const told = [...this.#entries.values()].filter(({ wanted }) => wanted > 0)
    const pieces = Math.max(1, Math.ceil(told.length / mostReports))
    for (const entry of this.#due) {
      if (told.length === pieces * mostReports) break
      this.#due.delete(entry)
      if (entry.isDirty && entry.wanted === 0) told.push(entry)
    }
    for (let piece = 0; piece < pieces; piece++) {
      const from = piece * mostReports
      if (!(await this.#askOf(told.slice(from, from + mostReports)))) return false
    }
    if (this.#due.size > 0) void this.#queueAsk()
    return true
  }

  async #askOf(told: readonly Entry[]): Promise<boolean> {
    const { nowMs } = this.#options.clock
    const reports = told.map((entry) => this.#reportOf(entry))
    for (const entry of told) entry.isDirty = false
    try {
      const answers = await this.#options.source.lease(reports)
      for (const [index, entry] of told.entries()) {
        const answer = answers[index]
        if (answer === undefined) throw new Error(`${answers.length} answers to ${told.length} reports`)
        entry.held += answer.granted
        entry.others = answer.others
        if (answer.granted < (reports[index]?.wanted ?? 0)) entry.emptyUntilMs = nowMs() + emptyForMs
      }
      this.#isLate = false
    } catch (error) {
      for (const entry of told) this.#touch(entry)
      this.#isLate = true
      this.#options.onFailure(error)
    }
    return !this.#isLate
  }

  #reportOf(entry: Entry): SharedReport {
    const { budget, held, kind, limit, used, wanted, windowMs } = entry
    const { nowMs } = this.#options.clock
    const missing = wanted - freeOf(entry)
    const endsMs = kind === 'concurrent' ? nowMs() + dayMs : windowEnd(kind, windowMs) + tidyEveryMs
    return {
      ...{ budget, kind, windowMs, limit, endsMs },
      held: Math.ceil(held),
      settled: kind === 'concurrent' ? 0 : Math.ceil(used),
      wanted: missing > 0 ? Math.ceil(missing) + sliceOf(entry) : 0,
      atLeast: this.#options.opening(entry),
    }
  }

  #touch(entry: Entry): void {
    entry.isDirty = true
    this.#tellLater()
  }

  #tellLater(): void {
    if (this.#stopped) return
    this.#cancelTell ??= this.#options.clock.after(tellEveryMs, () => {
      this.#cancelTell = null
      this.#tell()
    })
  }

  /** Gives back what is free beyond two slices, and all of it where nothing was used for a while; says that this process lives. */
  #tell(): void {
    const nowMs = this.#options.clock.nowMs()
    this.#tidy(nowMs)
    for (const entry of this.#entries.values()) {
      const isIdle = Math.abs(nowMs - entry.usedAtMs) >= idleAfterMs
      const kept = isIdle ? 0 : 2 * sliceOf(entry)
      if (entry.wanted > 0 || freeOf(entry) <= kept) continue
      entry.held = entry.used + Math.min(kept, sliceOf(entry))
      entry.isDirty = true
    }
    if (this.#options.source.up()) {
      for (const entry of this.#entries.values()) if (entry.isDirty) this.#due.add(entry)
      void this.#queueAsk()
    }
    // As long as anything is held, its holder has to be heard of.
    if (this.#isLate || [...this.#entries.values()].some(({ held, isDirty }) => held > 0 || isDirty))
      this.#tellLater()
  }

  #tidy(nowMs: number): void {
    if (Math.abs(nowMs - this.#tidiedAtMs) < tidyEveryMs) return
    this.#tidiedAtMs = nowMs
    for (const [id, { held, isDirty, kind, used, wanted, windowMs }] of this.#entries) {
      const isPast = kind === 'concurrent' ? used + held === 0 && !isDirty : windowMs < windowOf(kind, nowMs)
      if (isPast && wanted === 0) this.#entries.delete(id)
    }
  }

  #entryOf({ budget, kind, windowMs }: LimitCount): Entry {
    const id = `${kind} ${windowMs} ${budget}`
    const present = this.#entries.get(id)
    if (present !== undefined) return present
    const entry: Entry = {
      ...{ budget, kind, windowMs, limit: 0, held: 0, used: 0, others: null },
      ...{ emptyUntilMs: 0, wanted: 0, isDirty: false, usedAtMs: 0 },
    }
    this.#entries.set(id, entry)
    return entry
  }
}

const freeOf = ({ held, used }: Entry): number => held - used
const sliceOf = ({ limit }: Entry): number => Math.floor(limit * sharedSlice)

const notLeased = (): PointsmanError =>
  new PointsmanError(
    'registry_unavailable',
    "This key's limits are shared by several hosts, and the database that keeps their counts does not answer just now. Try again in a moment.",
    { retryAfterMs: 1_000 },
  )
