import { PointsmanError } from '@pointsman/contract'
import pg from 'pg'
import { columnReaders, writeValues } from '../column-values.ts'
import type {
  Database,
  DatabaseState,
  QueryResult,
  Row,
  SqlValue,
  Transaction,
  TransactionOptions,
} from '../database.ts'
import { endsConnection, readSqlError, SqlError, toRegistryError } from '../sql-error.ts'
import { cleaning, openingStatements } from '../transaction-opening.ts'
import { Listener } from './listener.ts'
import { sessionSettings } from './session-settings.ts'
import { areShared, refusedPooler, type AskSession } from './shared-sessions.ts'
import { socketOf } from './socket-of.ts'
import { whyNoAnswer } from './why-no-answer.ts'

export interface ServerOptions {
  /** `postgresql://…` */
  readonly url: string
  /** Most connections of the pool; one more listens. Default 10. */
  readonly connections?: number
  /** Default 5,000. */
  readonly connectTimeoutMs?: number
  /** Default 30,000. */
  readonly statementTimeoutMs?: number
  readonly onEvent?: (event: ServerEvent) => void
}
export type ServerEvent =
  | { readonly event: 'listener-lost'; readonly cause: string }
  | { readonly event: 'listener-back' }
  | { readonly event: 'connection-failed'; readonly cause: string }
  /** With how many more failed until then. */
  | { readonly event: 'connection-back'; readonly failed: number }

const oldestVersion = 150_000
/** A server that is gone without a word answers nothing; the client gives up this much after the server should have. */
const answerGraceMs = 5_000
/** So many may wait for a connection of the pool; each waits no longer than a connection may take. */
const longestQueue = 1_000
const noConnectionLeft = '53300'

/**
 * Connects. Throws `registry_unavailable` where nobody answers, `refused` where the server is older than PostgreSQL 15, the
 * database holds other texts than UTF-8, or a pooler shares sessions among connections.
 */
export async function openServer(options: ServerOptions): Promise<Database> {
  const database = new ServerDatabase(options)
  try {
    const { rows } = await database.query(
      "SELECT current_setting('server_version_num')::int AS version, current_setting('server_encoding') AS encoding",
    )
    refuseUnfit(Number(rows[0]?.['version']), String(rows[0]?.['encoding']))
    if (await database.sharesSessions()) throw refusedPooler()
    return database
  } catch (error) {
    await database.close()
    throw error
  }
}

function refuseUnfit(version: number, encoding: string): void {
  if (version < oldestVersion)
    throw new PointsmanError(
      'refused',
      `DATABASE_URL names PostgreSQL ${Math.floor(version / 10_000)}; Pointsman needs 15 or newer. Upgrade the server, or leave DATABASE_URL unset to use the embedded database.`,
    )
  if (encoding !== 'UTF8')
    throw new PointsmanError(
      'refused',
      `DATABASE_URL names a database whose encoding is ${encoding}; Pointsman needs UTF8, which alone holds every name and reason. Make one with CREATE DATABASE … TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C.UTF-8', and name that.`,
    )
}

const oneResult = (result: pg.QueryResult<Row>): QueryResult => ({
  rows: result.rows,
  rowCount: result.rowCount ?? 0,
  columns: result.fields.map((field) => field.name),
})

/** pg's own readers, for any type number and not only for those that its enum names. */
const ownReader = pg.types.getTypeParser.bind(pg.types) as (
  oid: number,
  format: 'text' | 'binary',
) => (value: string) => unknown

const customTypes: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format: 'text' | 'binary' = 'text') => {
    const reader = format === 'binary' ? undefined : columnReaders.get(oid)
    return reader ?? ownReader(oid, format)
  },
}

class ServerDatabase implements Database {
  readonly kind = 'server'
  readonly durable = true
  readonly #pool: pg.Pool
  readonly #listener: Listener
  readonly #onEvent: (event: ServerEvent) => void
  readonly #answersWithinMs: number
  readonly #sessionSettings: string
  readonly #most: number
  #state: DatabaseState = { state: 'ready' }
  #failedWhileAway = 0
  /** Connections that somebody works with. */
  readonly #inUse = new Set<pg.PoolClient>()
  /** The server is there and answers nothing: what is asked of it meanwhile would wait for its time limit in vain. */
  #silent: string | null = null

  constructor(options: ServerOptions) {
    this.#onEvent = options.onEvent ?? (() => undefined)
    const statementTimeoutMs = options.statementTimeoutMs ?? 30_000
    this.#answersWithinMs = statementTimeoutMs + answerGraceMs
    this.#most = options.connections ?? 10
    const connection = {
      connectionString: options.url,
      connectionTimeoutMillis: options.connectTimeoutMs ?? 5_000,
      keepAlive: true,
      application_name: 'pointsman',
    }
    this.#pool = new pg.Pool({
      ...connection,
      max: this.#most,
      types: customTypes,
    })
    this.#sessionSettings = sessionSettings(statementTimeoutMs)
    this.#pool.on('connect', (client) => {
      // lint-allow sql-text -- settings of our own with numbers of our own
      client.query(this.#sessionSettings).catch((error: unknown) => this.#lost(error))
    })
    // Without a listener an idle connection that the server closes would end the process.
    this.#pool.on('error', (error) => this.#lost(error))
    this.#listener = new Listener(
      { ...connection, application_name: 'pointsman-listener' },
      {
        lost: (cause, silent) => {
          this.#away(cause)
          if (silent) this.#fallSilent(cause)
          this.#onEvent({ event: 'listener-lost', cause })
        },
        back: () => {
          this.#silent = null
          this.#ready()
          this.#onEvent({ event: 'listener-back' })
        },
      },
    )
  }

  async query(text: string, values: readonly SqlValue[] = []): Promise<QueryResult> {
    return this.#withClient((client) => this.#ask(client, { text, values }, this.#answersWithinMs))
  }

  async #withClient<Result>(work: (client: pg.PoolClient) => Promise<Result>): Promise<Result> {
    const client = await this.#connect()
    let broken: Error | undefined
    try {
      return await work(client)
    } catch (error) {
      broken = connectionError(error)
      throw this.#translate(error)
    } finally {
      this.#release(client, broken)
    }
  }

  async transaction<Result>(
    options: TransactionOptions,
    work: (transaction: Transaction) => Promise<Result>,
  ): Promise<Result> {
    const client = await this.#connect()
    let broken: Error | undefined
    const notices = options.purpose === 'sql' ? hearNotices(client) : null
    const { statementTimeoutMs = 0 } = options
    // A statement that may take longer is waited for: cut off, its connection would count as a database that is away.
    const withinMs = Math.max(this.#answersWithinMs, statementTimeoutMs + answerGraceMs)
    const ask = async (text: string, values: readonly SqlValue[]): Promise<QueryResult> => {
      try {
        const result = await this.#ask(client, { text, values }, withinMs)
        return notices === null ? result : { ...result, notices: notices.take() }
      } catch (error) {
        broken ??= connectionError(error)
        throw this.#translate(error)
      }
    }
    try {
      for (const { text, values } of openingStatements(options)) await ask(text, values)
      const result = await work({
        query: (text, values = []) => ask(text, values),
        script: async (text) => {
          try {
            return await this.#script(client, text, withinMs)
          } catch (error) {
            broken ??= connectionError(error)
            throw this.#translate(error)
          }
        },
      })
      await ask('COMMIT', [])
      return result
    } catch (error) {
      if (broken === undefined) await ask('ROLLBACK', []).catch((failure: unknown) => this.#lost(failure))
      throw error
    } finally {
      notices?.end()
      if (options.purpose === 'sql') broken ??= await this.#clean(client)
      this.#release(client, broken)
    }
  }

  /** Two connections tell; a pool of one is a command's, and cannot. */
  async sharesSessions(): Promise<boolean> {
    if (this.#most < 2) return false
    const withSession = (work: (session: AskSession) => Promise<boolean>): Promise<boolean> =>
      this.#withClient((client) =>
        work(async () => {
          const asked = { text: 'SELECT pg_backend_pid() AS pid', values: [] }
          return (await this.#ask(client, asked, this.#answersWithinMs)).rows[0]?.['pid']
        }),
      )
    return withSession((one) => withSession((other) => areShared(one, other)))
  }

  /** What an operator's SQL left in the session; a connection that cannot be cleaned is closed. */
  async #clean(client: pg.PoolClient): Promise<Error | undefined> {
    try {
      await answerOf(client, { text: `${cleaning}; ${this.#sessionSettings}` }, this.#answersWithinMs)
      return undefined
    } catch (error) {
      this.#lost(error)
      return error instanceof Error ? error : new Error(String(error))
    }
  }

  listen(channel: string, handler: (payload: string | null) => void): Promise<() => Promise<void>> {
    return this.#listener.listen(channel, handler)
  }

  state(): DatabaseState {
    return this.#state
  }

  async close(): Promise<void> {
    if (this.#state.state === 'closed') return
    this.#state = { state: 'closed' }
    await this.#listener.close()
    await this.#pool.end()
  }

  async #connect(): Promise<pg.PoolClient> {
    if (this.#state.state === 'closed') throw unavailable('The database is closed.', undefined)
    if (this.#silent !== null) throw unavailable(`The database does not answer: ${this.#silent}`, undefined)
    if (this.#pool.waitingCount >= longestQueue) {
      throw unavailable(`${longestQueue} others wait for a connection to the database already.`, undefined)
    }
    try {
      const client = await this.#pool.connect()
      this.#inUse.add(client)
      // The pool hears idle ones only, and an error that nobody hears ends the process.
      client.on('error', this.#broke)
      return client
    } catch (error) {
      // One that has no connection left for us is there all the same.
      const refusal = readSqlError(error)
      if (refusal !== null && refusal.facts.code !== noConnectionLeft) this.#lost(error)
      const told = this.#translate(error)
      // No statement was asked yet: a password that was changed or a database that is closed is the database being away.
      throw told instanceof SqlError
        ? unavailable(`The database refuses the connection: ${told.message}`, told)
        : told
    }
  }

  #release(client: pg.PoolClient, broken: Error | undefined): void {
    this.#inUse.delete(client)
    client.off('error', this.#broke)
    client.release(broken)
  }

  /** The statement that was under way tells its caller; between two statements the next one does. */
  readonly #broke = (error: Error): void => {
    if (this.#silent === null) this.#lost(error)
  }

  /** Whoever waits for an answer gets a refusal now, and so does whoever comes, until the listener is back. */
  #fallSilent(cause: string): void {
    this.#silent = cause
    for (const client of this.#inUse) socketOf(client).destroy(new Error(cause))
  }

  async #ask(
    client: pg.PoolClient,
    { text, values }: { readonly text: string; readonly values: readonly SqlValue[] },
    withinMs: number,
  ): Promise<QueryResult> {
    const result = await answerOf(client, { text, values: writeValues(values) }, withinMs)
    this.#ready()
    return oneResult(result)
  }

  async #script(client: pg.PoolClient, text: string, withinMs: number): Promise<readonly QueryResult[]> {
    // pg answers several statements with a list, one statement with a single result.
    const results: pg.QueryResult<Row> | pg.QueryResult<Row>[] = await answerOf(client, { text }, withinMs)
    return (Array.isArray(results) ? results : [results]).map(oneResult)
  }

  #translate(error: unknown): unknown {
    if (readSqlError(error) !== null) return toRegistryError(error)
    if (connectionError(error) === undefined) return error
    this.#lost(error)
    return unavailable(whyNoAnswer(error), error)
  }

  #lost(error: unknown): void {
    const cause = error instanceof Error ? error.message : String(error)
    // Told once: whoever asks meanwhile comes here, and would fill the log.
    if (this.#away(cause)) this.#onEvent({ event: 'connection-failed', cause })
    else this.#failedWhileAway += 1
  }

  /** False where it is away already, or closed. */
  #away(problem: string): boolean {
    if (this.#state.state !== 'ready') return false
    this.#state = { state: 'away', since: new Date(), problem }
    return true
  }

  #ready(): void {
    if (this.#state.state !== 'away') return
    this.#state = { state: 'ready' }
    this.#onEvent({ event: 'connection-back', failed: this.#failedWhileAway })
    this.#failedWhileAway = 0
  }
}

/**
 * A statement's answer, or an error where none came in time. With pg's own promises and its `query_timeout` all that was read
 * outlives two collections of young objects, which are a pause for as long as it is moved: of rows read in pages 4.2 of
 * each 16 MB did. Asked by its callback, and with the time limit here, 0.06 do.
 */
const answerOf = (
  client: pg.PoolClient,
  statement: pg.QueryConfig,
  withinMs: number,
): Promise<pg.QueryResult<Row>> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('Query read timeout')), withinMs)
    // lint-allow sql-text -- the driver: what callers hand to `query` is looked at where they do
    client.query<Row>(statement, (error: Error | null, result) => {
      clearTimeout(timer)
      if (error === null) resolve(result)
      else reject(error)
    })
  })

/** Gathers what the database remarks on a connection, until it is ended. */
function hearNotices(client: pg.PoolClient): {
  readonly take: () => readonly string[]
  readonly end: () => void
} {
  let heard: string[] = []
  const hear = ({ message }: { readonly message?: string | undefined }): void => {
    if (message !== undefined) heard.push(message)
  }
  client.on('notice', hear)
  return {
    take: () => {
      const taken = heard
      heard = []
      return taken
    },
    end: () => client.off('notice', hear),
  }
}

const unavailable = (message: string, cause: unknown): PointsmanError =>
  new PointsmanError('registry_unavailable', message, { cause })

/** Set where the connection can no longer be used: whatever is not the database's own answer to a statement. */
function connectionError(error: unknown): Error | undefined {
  const answer = readSqlError(error)
  if (answer !== null) return endsConnection(answer.facts.code) ? answer : undefined
  if (error instanceof TypeError || error instanceof PointsmanError) return undefined
  return error instanceof Error ? error : new Error(String(error))
}
