import { PointsmanError } from '@pointsman/contract'
import type {
  Database,
  DatabaseState,
  QueryResult,
  SqlValue,
  Transaction,
  TransactionOptions,
} from '../database.ts'
import { readSqlError, toRegistryError } from '../sql-error.ts'
import { cleaning, openingStatements } from '../transaction-opening.ts'
import { onlyReads, type DiskGuard } from './disk-guard.ts'
import { startMaintenance, type Maintenance } from './maintenance.ts'
import type { WorkerQuestion } from './messages.ts'
import type { RestartingLink } from './restarting-link.ts'
import { TurnQueue } from './turn-queue.ts'
import { workerGone } from './worker-link.ts'

export interface EmbeddedParts {
  readonly link: RestartingLink
  readonly durable: boolean
  readonly guard: DiskGuard
  readonly watchdogMs: number
  /** Gives the folder back. */
  release(): Promise<void>
  /** Something went wrong that no caller is told of. */
  failed(cause: string): void
}

type Handler = (payload: string | null) => void

/** Migrations, vacuum, the closing checkpoint: long, and rightly so. */
const longStatementMs = 600_000
const channelPattern = /^[a-z_][a-z0-9_]*$/

/** The embedded PostgreSQL as everybody sees it: one session, everybody in turn. */
export class EmbeddedDatabase implements Database {
  readonly kind = 'embedded'
  readonly durable: boolean
  readonly #parts: EmbeddedParts
  readonly #queue = new TurnQueue({ length: 1_000, waitMs: 30_000 })
  readonly #handlers = new Map<string, Set<Handler>>()
  readonly #maintenance: Maintenance
  #away: { readonly since: Date; readonly problem: string } | null = null
  #closing: Promise<void> | null = null
  /** Counts the workers: a transaction belongs to one of them. */
  #session = 0

  constructor(parts: EmbeddedParts) {
    this.#parts = parts
    this.durable = parts.durable
    this.#maintenance = startMaintenance({
      run: (text) => this.#queue.run(() => this.#ask({ ask: 'script', text }, longStatementMs)),
      idle: () => this.#queue.idle,
      failed: (cause) => parts.failed(cause),
    })
  }

  async query(text: string, values: readonly SqlValue[] = []): Promise<QueryResult> {
    this.#refuseClosed()
    if (!onlyReads(text)) {
      this.#parts.guard.admitWrite()
      this.#maintenance.wrote()
    }
    return this.#queue.run(() => this.#one({ ask: 'query', text, values }, this.#parts.watchdogMs))
  }

  async transaction<Result>(
    options: TransactionOptions,
    work: (transaction: Transaction) => Promise<Result>,
  ): Promise<Result> {
    this.#refuseClosed()
    if (options.purpose !== 'read') {
      this.#parts.guard.admitWrite()
      this.#maintenance.wrote()
    }
    return this.#queue.run(() => this.#transact(options, work))
  }

  async listen(channel: string, handler: Handler): Promise<() => Promise<void>> {
    if (!channelPattern.test(channel)) throw new TypeError(`not a channel's name in lower case: ${channel}`)
    const known = this.#handlers.get(channel)
    if (known === undefined) {
      this.#handlers.set(channel, new Set([handler]))
      try {
        await this.#queue.run(() => this.#ask({ ask: 'listen', channel }, this.#parts.watchdogMs))
      } catch (error) {
        this.#handlers.get(channel)?.delete(handler)
        throw error
      }
    } else {
      known.add(handler)
    }
    return () => this.#unlisten(channel, handler)
  }

  state(): DatabaseState {
    if (this.#closing !== null) return { state: 'closed' }
    if (this.#away !== null) return { state: 'away', ...this.#away }
    const freeBytes = this.#parts.guard.freeWhenFull()
    return freeBytes === null ? { state: 'ready' } : { state: 'full', freeBytes }
  }

  /** Waits for those whose turn it is or will be, then writes a checkpoint and gives the folder back. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  /** From the link: a notification of any channel that is listened to. */
  tell(channel: string, payload: string | null): void {
    for (const handler of this.#handlers.get(channel) ?? []) handler(payload)
  }

  /** From the link: the worker is gone. */
  lost(problem: string): void {
    this.#session += 1
    this.#away ??= { since: new Date(), problem }
  }

  /**
   * From the link: a new worker is there, whose session listens to nothing yet. Its first statement is this one, out of
   * turn: the transaction whose turn it still is went with the old worker, and no other one has begun.
   */
  async back(): Promise<void> {
    const channels = [...this.#handlers.keys()]
    const text = channels.map((channel) => `LISTEN ${channel}`).join(';')
    if (text !== '') await this.#ask({ ask: 'script', text }, this.#parts.watchdogMs)
    this.#away = null
    for (const channel of channels) this.tell(channel, null)
  }

  #refuseClosed(): void {
    if (this.#closing !== null) throw new PointsmanError('registry_unavailable', 'The database is closed.')
  }

  async #close(): Promise<void> {
    this.#maintenance.stop()
    await this.#queue
      .run(() => this.#parts.link.ask({ ask: 'close' }, longStatementMs))
      .catch((error: unknown) => this.#parts.failed(`closing checkpoint: ${String(error)}`))
    await this.#parts.link.close()
    await this.#parts.release()
  }

  async #unlisten(channel: string, handler: Handler): Promise<void> {
    const handlers = this.#handlers.get(channel)
    if (handlers?.delete(handler) !== true || handlers.size > 0) return
    this.#handlers.delete(channel)
    if (this.#closing === null) {
      await this.#queue.run(() => this.#ask({ ask: 'unlisten', channel }, this.#parts.watchdogMs))
    }
  }

  async #transact<Result>(
    options: TransactionOptions,
    work: (transaction: Transaction) => Promise<Result>,
  ): Promise<Result> {
    const timeoutMs = options.statementTimeoutMs ?? this.#parts.watchdogMs
    const session = this.#session
    let open = true
    const admit = (): void => {
      // A statement that comes after the end, or after a restart, would run in somebody else's transaction or in none.
      if (!open) throw new PointsmanError('internal', 'A statement was sent after its transaction had ended.')
      if (session !== this.#session) throw workerGone('its transaction went with the worker')
    }
    const ask = async (text: string, values: readonly SqlValue[] = []): Promise<QueryResult> => {
      admit()
      return this.#one({ ask: 'query', text, values }, timeoutMs)
    }
    const script = async (text: string): Promise<readonly QueryResult[]> => {
      admit()
      return this.#ask({ ask: 'script', text }, Math.max(timeoutMs, longStatementMs))
    }
    try {
      for (const { text, values } of openingStatements(options)) await ask(text, values)
      const result = await work({ query: ask, script })
      await ask('COMMIT')
      return result
    } catch (error) {
      // The first error is the one to throw. A worker that is gone has rolled back already.
      if (session === this.#session) {
        await ask('ROLLBACK').catch((failure: unknown) => this.#parts.failed(`rollback: ${String(failure)}`))
      }
      throw error
    } finally {
      open = false
      if (options.purpose === 'sql' && session === this.#session) await this.#clean()
    }
  }

  /** The one session serves everybody next. */
  async #clean(): Promise<void> {
    await this.#ask({ ask: 'script', text: cleaning }, this.#parts.watchdogMs).catch((failure: unknown) =>
      this.#parts.failed(`cleaning after SQL: ${String(failure)}`),
    )
  }

  async #one(question: WorkerQuestion, timeoutMs: number): Promise<QueryResult> {
    const [result] = await this.#ask(question, timeoutMs)
    return result ?? { rows: [], rowCount: 0, columns: [] }
  }

  async #ask(question: WorkerQuestion, timeoutMs: number): Promise<readonly QueryResult[]> {
    try {
      return await this.#parts.link.ask(question, timeoutMs)
    } catch (error) {
      throw readSqlError(error) === null ? error : toRegistryError(error)
    }
  }
}
