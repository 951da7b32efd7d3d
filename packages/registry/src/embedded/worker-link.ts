import type { Worker } from 'node:worker_threads'
import { PointsmanError } from '@pointsman/contract'
import type { QueryResult } from '../database.ts'
import { SqlError } from '../sql-error.ts'
import { takeDatabaseThread } from './database-thread.ts'
import type { SentError, WorkerMessage, WorkerQuestion, WorkerSettings } from './messages.ts'

export interface LinkEvents {
  notification(channel: string, payload: string): void
  /** The worker is gone; everything asked of it has failed. */
  lost(cause: string): void
}

interface Pending {
  readonly resolve: (results: readonly QueryResult[]) => void
  readonly reject: (error: Error) => void
  readonly watchdog: NodeJS.Timeout
}

export interface Opened {
  readonly durable: boolean
  readonly problem: string | null
}

/** The first open makes a database of 39 MB, and a recovery reads what was written since the last checkpoint. */
const openTimeoutMs = 120_000

/**
 * One worker thread and what was asked of it. A question that gets no answer in its time means that PostgreSQL spins
 * (a full disk does that): the thread is ended, which loses nothing that was acknowledged.
 */
export class WorkerLink {
  readonly #worker: Worker
  readonly #events: LinkEvents
  readonly #pending = new Map<number, Pending>()
  #nextId = 1
  #ended = false
  readonly opened: Promise<Opened>

  constructor(settings: WorkerSettings, events: LinkEvents) {
    this.#events = events
    this.#worker = takeDatabaseThread()
    this.#worker.postMessage(settings)
    this.opened = this.#open()
    this.#worker.on('message', (message: WorkerMessage) => this.#hear(message))
    this.#worker.on('error', (error) => this.#end(error instanceof Error ? error.message : String(error)))
    this.#worker.on('exit', (code) => this.#end(`the database's thread ended with code ${code}`))
  }

  ask(question: WorkerQuestion, timeoutMs: number): Promise<readonly QueryResult[]> {
    if (this.#ended) return Promise.reject(workerGone('its thread has ended'))
    const id = this.#nextId++
    return new Promise((resolve, reject) => {
      const watchdog = setTimeout(() => {
        this.#end(`no answer within ${timeoutMs} ms`)
        void this.#worker.terminate()
      }, timeoutMs)
      this.#pending.set(id, { resolve, reject, watchdog })
      // An idle database must not keep a program alive that has nothing else to do; a question must.
      this.#worker.ref()
      this.#worker.postMessage({ id, question })
    })
  }

  async terminate(): Promise<void> {
    this.#ended = true
    this.#rejectAll('the database is closed')
    await this.#worker.terminate()
  }

  #open(): Promise<Opened> {
    return new Promise((resolve, reject) => {
      const giveUp = setTimeout(() => {
        reject(workerGone(`it did not open within ${openTimeoutMs} ms`))
        void this.#worker.terminate()
      }, openTimeoutMs)
      const settle = (message: WorkerMessage): void => {
        if (message.tell !== 'open' && message.tell !== 'not-open') return
        clearTimeout(giveUp)
        this.#worker.off('message', settle)
        this.#worker.unref()
        if (message.tell === 'open') resolve(message)
        else reject(readError(message.error))
      }
      this.#worker.on('message', settle)
      // Comes before the exit, and alone says what was wrong.
      this.#worker.once('error', (error) => {
        reject(workerGone(error instanceof Error ? error.message : String(error)))
      })
      this.#worker.once('exit', (code) => {
        clearTimeout(giveUp)
        reject(workerGone(`its thread ended with code ${code} while it opened`))
      })
    })
  }

  #hear(message: WorkerMessage): void {
    if (message.tell === 'notification') {
      this.#events.notification(message.channel, message.payload)
      return
    }
    if (message.tell !== 'answer' && message.tell !== 'error') return
    const pending = this.#pending.get(message.id)
    if (pending === undefined) return
    this.#pending.delete(message.id)
    clearTimeout(pending.watchdog)
    if (this.#pending.size === 0) this.#worker.unref()
    if (message.tell === 'answer') pending.resolve(message.results)
    else pending.reject(readError(message.error))
  }

  #end(cause: string): void {
    if (this.#ended) return
    this.#ended = true
    this.#rejectAll(cause)
    this.#events.lost(cause)
  }

  #rejectAll(cause: string): void {
    for (const { reject, watchdog } of this.#pending.values()) {
      clearTimeout(watchdog)
      reject(workerGone(cause))
    }
    this.#pending.clear()
  }
}

const readError = (error: SentError): Error =>
  error.sql === null ? workerGone(error.message) : new SqlError(error.message, error.sql)

export const workerGone = (cause: string): PointsmanError =>
  new PointsmanError(
    'registry_unavailable',
    `The embedded database does not answer: ${cause}. It starts anew.`,
  )
