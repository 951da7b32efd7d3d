import { PointsmanError, type PinClaim } from '@pointsman/contract'
import type { ClaimedPin, Clock, ConversationPins, Pin, PinQuery, Pins } from '@pointsman/engine'

/** Where pins live: the registry, behind whatever the door put in between. */
export interface PinStore {
  find(query: PinQuery): Promise<Pins>
  /** First committed claim wins and is answered. */
  claim(claim: PinClaim): Promise<ClaimedPin>
}

/** Whose pin moved. */
export type MovedPin =
  | { readonly workspace: string; readonly conversationId: string }
  | { readonly workspace: string; readonly userId: string }

/**
 * News of moved pins; null = any may have moved. A switch must count at the next request after its answer, so this
 * replica acknowledges a revision only when each listener's promise for the pins that it moved is kept: a switch answers
 * only once it is acknowledged. What the channel itself tells comes on top, for moves that make no revision.
 */
export interface PinChanges {
  /** The listener's promise: what it remembers of those pins is what they are now, or is known to be out of reach. */
  subscribe(listener: (moved: readonly MovedPin[] | null) => Promise<void>): () => void
  /** False: notices may be missed just now. */
  up(): boolean
}

export interface ConversationPinsOptions {
  readonly store: PinStore
  readonly clock: Clock
  /** Without it every request asks the store. */
  readonly changes?: PinChanges
  /** The first failure of the store in a row of them; it never reaches a request. */
  readonly onFailure: (failure: unknown) => void
  readonly maxRemembered?: number
  /** Look-ups and claims that the store has not answered yet, those that nobody waits for any more included. */
  readonly maxOutstanding?: number
}

const noPins: Pins = { conversation: null, user: null, known: null }

/** How long what was read serves while the channel is down. */
const unannouncedAgeMs = 1_000

/** So many pins are read anew when they may have moved; the others when a request asks for them. */
const maxReadAnew = 100

interface Remembered {
  readonly query: PinQuery
  readonly pins: Pins
  /** The count of news when its reading began: what moved later is not in it. */
  readonly news: number
  readonly readAtMs: number
}

interface Reading {
  readonly query: PinQuery
  readonly news: number
  readonly pins: Promise<Pins>
}

/** A claim that the store has not answered yet. */
interface Claiming {
  readonly claim: PinClaim
  readonly answer: Promise<ClaimedPin>
}

/**
 * Conversations' and users' targets, as last read for as long as nothing says that they moved; else asked of the store,
 * waited for until the request's deadline. What was last read, moved or not, stands in for a store that does not
 * answer: a conversation must not change its model because the registry is slow. A conversation without a pin is asked for
 * each time, because first claims are not announced. Bounds: `maxRemembered` (oldest out first) for what is
 * remembered and for what is known to have moved, `maxOutstanding` for what the store owes, claims under way among it.
 */
export function createConversationPins(options: ConversationPinsOptions): ConversationPins {
  return new CachedPins(options)
}

class CachedPins implements ConversationPins {
  readonly #options: ConversationPinsOptions
  readonly #maxRemembered: number
  readonly #maxOutstanding: number
  readonly #remembered = new Map<string, Remembered>()
  readonly #readings = new Map<string, Reading>()
  readonly #claiming = new Map<string, Claiming>()
  /** Conversation or user → the count of news when it moved. */
  readonly #moved = new Map<string, number>()
  #news = 0
  /** The count of news before which everything may have moved. */
  #allMoved = 0
  #outstanding = 0
  #failing = false
  #overloaded = false

  constructor(options: ConversationPinsOptions) {
    this.#options = options
    this.#maxRemembered = options.maxRemembered ?? 50_000
    this.#maxOutstanding = options.maxOutstanding ?? 256
    options.changes?.subscribe((moved) => this.#hear(moved))
  }

  async find(query: PinQuery, deadlineUs: number): Promise<Pins> {
    const key = keyOf(query)
    const remembered = this.#remembered.get(key)
    if (remembered !== undefined && this.#isGood(query, remembered)) return remembered.pins
    const reading = this.#read(query, key)
    const pins = reading === null ? null : await this.#within(reading, deadlineUs)
    return pins ?? this.#remembered.get(key)?.pins ?? noPins
  }

  async claim(claim: PinClaim, deadlineUs: number): Promise<ClaimedPin | null> {
    const key = keyOfClaim(claim)
    const first = this.#claiming.get(key)
    // The first one's claim is committed late, or goes through the journal: a second one would name a switch that never is.
    if (first !== undefined) return (await this.#within(first.answer, deadlineUs)) ?? pinOf(first.claim)
    // A find that used up the time has told how the store is: the claim goes another way, and does not queue behind it.
    if (this.#leftMs(deadlineUs) <= 0) return null
    const answer = this.#ask(() => this.#options.store.claim(claim))
    if (answer === null) return null
    this.#claiming.set(key, { claim, answer })
    const forget = (): void => void this.#claiming.delete(key)
    answer.then(forget, forget)
    return this.#within(answer, deadlineUs)
  }

  async #hear(moved: readonly MovedPin[] | null): Promise<void> {
    if (moved?.length === 0) return
    this.#news++
    if (moved !== null && this.#moved.size + moved.length <= this.#maxRemembered) {
      for (const pin of moved) this.#moved.set(subjectOf(pin), this.#news)
    } else {
      this.#allMoved = this.#news
      this.#moved.clear()
    }
    await this.#readAnew(moved)
  }

  /** The latest asked for of those that moved: left to the next request, they would have to be read within the little time that it waits. */
  async #readAnew(moved: readonly MovedPin[] | null): Promise<void> {
    const ids =
      moved === null
        ? null
        : new Set(moved.map((pin) => ('conversationId' in pin ? pin.conversationId : pin.userId)))
    const stale = new Map<string, PinQuery>()
    for (const asked of [this.#remembered, this.#readings]) {
      for (const [key, { query, news }] of asked) {
        // By the bare id first: there are many, and nearly all of them are others.
        const isNamed = ids === null || ids.has(query.conversationId ?? '') || ids.has(query.userId ?? '')
        if (isNamed && this.#movedSince(query, news)) stale.set(key, query)
      }
    }
    // What fails is told where the store is asked, and asked for again by the next request.
    await Promise.allSettled(
      [...stale].slice(-maxReadAnew).flatMap(([key, query]) => this.#read(query, key) ?? []),
    )
  }

  #isGood(query: PinQuery, { news, readAtMs }: Remembered): boolean {
    const { changes, clock } = this.#options
    // Asked for the use case that a conversation is in, which every message may change, on any replica.
    if (query.conversationId !== null && query.useCase === null) return false
    if (changes === undefined || this.#movedSince(query, news)) return false
    return changes.up() || clock.nowMs() - readAtMs < unannouncedAgeMs
  }

  #movedSince({ workspace, conversationId, userId }: PinQuery, news: number): boolean {
    if (news < this.#allMoved) return true
    const movedAt = (moved: MovedPin): number => this.#moved.get(subjectOf(moved)) ?? 0
    return (
      (conversationId !== null && news < movedAt({ workspace, conversationId })) ||
      (userId !== null && news < movedAt({ workspace, userId }))
    )
  }

  /** One reading at a time for each question; null = the store owes too much already. */
  #read(query: PinQuery, key: string): Promise<Pins> | null {
    const running = this.#readings.get(key)
    // One that began before the news may have read what was before it.
    if (this.#options.changes !== undefined && running?.news === this.#news) return running.pins
    const news = this.#news
    const asked = this.#ask(() => this.#options.store.find(query))
    if (asked === null) return null
    const readAtMs = this.#options.clock.nowMs()
    const pins = asked.then((found) => {
      this.#remember({ query, pins: found, news, readAtMs })
      return found
    })
    const reading = { query, news, pins }
    this.#readings.set(key, reading)
    const forget = (): void => {
      if (this.#readings.get(key) === reading) this.#readings.delete(key)
    }
    pins.then(forget, forget)
    return pins
  }

  #remember(read: Remembered): void {
    const { query } = read
    const key = keyOf(query)
    const present = this.#remembered.get(key)
    // An older reading that came late says nothing about what is.
    if (present !== undefined && present.news > read.news) return
    this.#remembered.delete(key)
    const { conversation, user } = read.pins
    const unclaimed = query.conversationId !== null && conversation === null
    // Its first claim is not announced: it stands in for a store that does not answer, where there is a user's target
    // to stand in with, and has a switch of it wait until its new model is known here.
    const standIn = { ...read, pins: user === null ? noPins : read.pins, news: -1 }
    this.#remembered.set(key, unclaimed ? standIn : read)
    if (this.#remembered.size <= this.#maxRemembered) return
    const oldest = this.#remembered.keys().next()
    if (oldest.done !== true) this.#remembered.delete(oldest.value)
  }

  #ask<Answer>(ask: () => Promise<Answer>): Promise<Answer> | null {
    if (this.#outstanding >= this.#maxOutstanding) {
      this.#noteOverload()
      return null
    }
    this.#outstanding++
    return ask().then(
      (answer) => {
        this.#settled()
        this.#failing = false
        return answer
      },
      (failure: unknown) => {
        this.#settled()
        if (!this.#failing) this.#options.onFailure(failure)
        this.#failing = true
        throw failure
      },
    )
  }

  #settled(): void {
    this.#outstanding--
    if (this.#outstanding === 0) this.#overloaded = false
  }

  #noteOverload(): void {
    if (!this.#overloaded) {
      this.#options.onFailure(
        new PointsmanError(
          'registry_unavailable',
          `The registry owes ${this.#maxOutstanding} look-ups of conversations; the next ones are decided by what was last read.`,
        ),
      )
    }
    this.#overloaded = true
  }

  #leftMs(deadlineUs: number): number {
    return (deadlineUs - this.#options.clock.nowUs()) / 1_000
  }

  /** Null = no answer by then, or a failure, which is told already. */
  #within<Answer>(asked: Promise<Answer>, deadlineUs: number): Promise<Answer | null> {
    return new Promise((resolve) => {
      const cancel = this.#options.clock.after(Math.max(0, this.#leftMs(deadlineUs)), () => resolve(null))
      const end = (answer: Answer | null): void => {
        cancel()
        resolve(answer)
      }
      asked.then(end, () => end(null))
    })
  }
}

const keyOf = ({ workspace, conversationId, userId, useCase }: PinQuery): string =>
  [workspace, conversationId ?? '', userId ?? '', useCase ?? ''].join('\n')

/** Of one asker alone: whose the conversation is, the store says to each. */
const keyOfClaim = ({ conversationId, ownOnly, useCase, userId, workspace }: PinClaim): string =>
  [workspace, conversationId, userId ?? '', useCase, ownOnly === true ? 'own' : ''].join('\n')

/** What a claim sets where it wins. */
const pinOf = ({ autoSwitch, modelId }: PinClaim): Pin => ({
  modelId,
  switchId: autoSwitch === undefined || autoSwitch.proposed ? null : autoSwitch.id,
})

const subjectOf = (moved: MovedPin): string =>
  'conversationId' in moved
    ? `${moved.workspace}\nconversation\n${moved.conversationId}`
    : `${moved.workspace}\nuser\n${moved.userId}`
