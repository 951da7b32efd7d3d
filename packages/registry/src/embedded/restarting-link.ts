import type { QueryResult } from '../database.ts'
import type { WorkerQuestion, WorkerSettings } from './messages.ts'
import { WorkerLink, workerGone, type Opened } from './worker-link.ts'

export interface RestartEvents {
  notification(channel: string, payload: string): void
  lost(cause: string): void
  /** A new worker is there; what the old one listened to is forgotten. */
  back(opened: Opened): void
}

const firstRetryMs = 100
const longestRetryMs = 30_000

/** A worker link that is replaced when its worker is lost, for as long as it is not closed. */
export class RestartingLink {
  readonly #settings: WorkerSettings
  readonly #events: RestartEvents
  #link: WorkerLink | null = null
  #closed = false
  #retryMs = firstRetryMs
  #retry: NodeJS.Timeout | null = null
  #problem = 'it is opening'

  constructor(settings: WorkerSettings, events: RestartEvents) {
    this.#settings = settings
    this.#events = events
  }

  open(): Promise<Opened> {
    return this.#start(() => undefined)
  }

  async #start(started: (opened: Opened) => void): Promise<Opened> {
    const link = new WorkerLink(this.#settings, {
      notification: (channel, payload) => this.#events.notification(channel, payload),
      lost: (cause) => this.#lose(link, cause),
    })
    const opened = await link.opened
    if (this.#closed) {
      await link.terminate()
      throw workerGone('the database is closed')
    }
    this.#link = link
    this.#retryMs = firstRetryMs
    // In the same breath: whoever listens asks before anybody else does.
    started(opened)
    return opened
  }

  ask(question: WorkerQuestion, timeoutMs: number): Promise<readonly QueryResult[]> {
    return this.#link === null
      ? Promise.reject(workerGone(this.#problem))
      : this.#link.ask(question, timeoutMs)
  }

  async close(): Promise<void> {
    this.#closed = true
    if (this.#retry !== null) clearTimeout(this.#retry)
    const link = this.#link
    this.#link = null
    this.#problem = 'the database is closed'
    await link?.terminate()
  }

  #lose(link: WorkerLink, cause: string): void {
    if (this.#link !== link) return
    this.#link = null
    this.#problem = cause
    if (this.#closed) return
    this.#events.lost(cause)
    // What was in memory is gone with the worker; an empty database in its place would be a lie.
    if (this.#settings.dataDir !== null) this.#scheduleRetry()
  }

  #scheduleRetry(): void {
    if (this.#closed) return
    this.#retry = setTimeout(() => {
      this.#start((opened) => this.#events.back(opened)).catch((error: unknown) => {
        this.#problem = error instanceof Error ? error.message : String(error)
        this.#scheduleRetry()
      })
    }, this.#retryMs)
    this.#retryMs = Math.min(this.#retryMs * 2, longestRetryMs)
  }
}
