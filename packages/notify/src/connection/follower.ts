import { createBackoff, pause, type Backoff } from './backoff.ts'
import { AnswerError, type NoticeServer } from './notice-server.ts'
import type { ConnectionEnd, NotificationConnectionOptions } from './notification-connection.ts'
import { readStream } from './read-stream.ts'

/** Fresh tokens that are refused one after the other: this user has no access, however often it is asked. */
const mostRefusals = 3

interface FollowerParts {
  readonly options: NotificationConnectionOptions
  readonly server: NoticeServer
  readonly signal: AbortSignal
  /** Takes the data of one notice. Never throws. */
  readonly tell: (data: string) => void
}

/** Follows the stream over any number of connections. A holder of mutable state: its place, its token, what was refused. */
export class Follower {
  lastEventId: string | null
  readonly #parts: FollowerParts
  readonly #backoff: Backoff = createBackoff()
  #token: string | null = null
  #refusedToken: string | null = null
  readonly #refused: AnswerError[] = []

  constructor(parts: FollowerParts) {
    this.#parts = parts
    this.lastEventId = parts.options.lastEventId ?? null
  }

  /** Until the signal, or until the server says no for good. Never rejects. */
  async run(): Promise<ConnectionEnd> {
    const { options, signal } = this.#parts
    const isOver = (): boolean => signal.aborted
    while (!isOver()) {
      options.onState?.({ kind: 'connecting' })
      try {
        await this.#wait('The stream has ended.', (await this.#follow()) ?? 0)
      } catch (error) {
        if (isOver()) break
        const final = this.#finalOf(error)
        if (final !== null) return { reason: 'refused', statusCode: final.statusCode, message: final.message }
        const problem = error instanceof Error ? error.message : String(error)
        await this.#wait(problem, error instanceof AnswerError ? error.retryAfterMs : 0)
      }
    }
    return { reason: 'closed' }
  }

  async #follow(): Promise<number | null> {
    const { options, server, signal, tell } = this.#parts
    const token = await server.authorize()
    const before = this.#refused.at(-1)
    // Refused already, and no fresh one is to be had.
    if (before !== undefined && token === this.#refusedToken) throw before
    this.#token = token
    const response = await server.openStream(token, this.lastEventId, signal)
    this.#refused.length = 0
    this.#backoff.reset()
    options.onState?.({ kind: 'open' })
    return readStream(response, {
      event: ({ data, event }) => {
        // `end` says why the stream ends, which it does right after.
        if (event === 'notification') tell(data)
      },
      place: (id) => {
        this.lastEventId = id
      },
    })
  }

  async #wait(problem: string, askedForMs: number): Promise<void> {
    const { options, signal } = this.#parts
    if (signal.aborted) return
    const forMs = this.#backoff.next(askedForMs)
    options.onState?.({ kind: 'waiting', forMs, problem })
    await pause(forMs, signal)
  }

  /** What another try does not mend. Of tokens a fresh one may be had. */
  #finalOf(error: unknown): AnswerError | null {
    if (!(error instanceof AnswerError && error.isRefusal)) return null
    if (error.statusCode !== 401 || typeof this.#parts.options.token !== 'function') return error
    if (this.#refused.at(-1) === error) return error
    this.#refused.push(error)
    this.#refusedToken = this.#token
    return this.#refused.length >= mostRefusals ? error : null
  }
}
