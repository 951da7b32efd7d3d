import pg from 'pg'

export interface ListenerEvents {
  /** `silent`: the connection stands, and the server has stopped answering on it. */
  lost(cause: string, silent: boolean): void
  back(): void
}

type Handler = (payload: string | null) => void

const firstRetryMs = 250
const longestRetryMs = 2_000
const heartbeatEveryMs = 4_000
const heartbeatTimeoutMs = 4_000

const channelPattern = /^[a-z_][a-z0-9_]*$/

/** As pg words it, of a connection and of a statement: it gives such errors no code. */
const isSilence = (error: unknown): boolean => /^(timeout expired|Query read timeout)$/.test(causeOf(error))

const causeOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/**
 * The connection that listens. Its own, because a pooled one comes and goes. A silent network (no FIN, no RST) would
 * leave it deaf for hours, so it asks for an answer every few seconds; it connects anew by itself for as long as it is open,
 * and then tells every handler `null`: notices may have been missed.
 */
export class Listener {
  readonly #config: pg.ClientConfig
  readonly #events: ListenerEvents
  readonly #handlers = new Map<string, Set<Handler>>()
  #client: pg.Client | null = null
  #connecting: Promise<void> | null = null
  #retry: NodeJS.Timeout | null = null
  #heartbeat: NodeJS.Timeout | null = null
  #retryMs = firstRetryMs
  #closed = false

  constructor(config: pg.ClientConfig, events: ListenerEvents) {
    // A server that freezes between the connection and its first answer would be waited for without end.
    this.#config = { ...config, query_timeout: heartbeatTimeoutMs }
    this.#events = events
  }

  async listen(channel: string, handler: Handler): Promise<() => Promise<void>> {
    if (!channelPattern.test(channel)) throw new TypeError(`not a channel's name in lower case: ${channel}`)
    const known = this.#handlers.get(channel)
    if (known === undefined) this.#handlers.set(channel, new Set([handler]))
    else known.add(handler)
    try {
      if (this.#client === null) await this.#connect()
      // lint-allow sql-text -- `listen` takes names of small letters and underscores alone
      else if (known === undefined) await this.#client.query(`LISTEN ${channel}`)
    } catch (error) {
      this.#handlers.get(channel)?.delete(handler)
      throw error
    }
    return () => this.#unlisten(channel, handler)
  }

  async close(): Promise<void> {
    this.#closed = true
    if (this.#retry !== null) clearTimeout(this.#retry)
    if (this.#heartbeat !== null) clearInterval(this.#heartbeat)
    await Promise.allSettled([this.#connecting])
    const client = this.#client
    this.#client = null
    await client?.end()
  }

  async #unlisten(channel: string, handler: Handler): Promise<void> {
    const handlers = this.#handlers.get(channel)
    if (handlers?.delete(handler) !== true || handlers.size > 0) return
    this.#handlers.delete(channel)
    // lint-allow sql-text -- `listen` takes names of small letters and underscores alone
    await this.#client?.query(`UNLISTEN ${channel}`)
  }

  #connect(): Promise<void> {
    this.#connecting ??= this.#open().finally(() => {
      this.#connecting = null
    })
    return this.#connecting
  }

  async #open(): Promise<void> {
    const client = new pg.Client(this.#config)
    client.on('error', (error) => this.#lose(client, error))
    client.on('end', () => this.#lose(client, new Error('the server closed the connection')))
    client.on('notification', ({ channel, payload }) => this.#tell(channel, payload ?? ''))
    await client.connect()
    if (this.#closed) return client.end()
    try {
      // lint-allow sql-text -- `listen` takes names of small letters and underscores alone
      for (const channel of this.#handlers.keys()) await client.query(`LISTEN ${channel}`)
    } catch (error) {
      // Nobody else knows of it: it would stay open beside the next one. Not awaited, as it may never answer.
      void Promise.allSettled([client.end()])
      throw error
    }
    this.#client = client
    this.#retryMs = firstRetryMs
    this.#heartbeat = setInterval(() => this.#beat(client), heartbeatEveryMs)
    this.#heartbeat.unref()
  }

  #beat(client: pg.Client): void {
    const giveUp = setTimeout(
      () => this.#lose(client, new Error(`no answer within ${heartbeatTimeoutMs} ms`), true),
      heartbeatTimeoutMs,
    )
    client.query('SELECT 1').then(
      () => clearTimeout(giveUp),
      (error: unknown) => {
        clearTimeout(giveUp)
        this.#lose(client, error)
      },
    )
  }

  #lose(client: pg.Client, error: unknown, silent = false): void {
    if (this.#client !== client) return
    this.#client = null
    if (this.#heartbeat !== null) clearInterval(this.#heartbeat)
    if (this.#closed) return
    this.#events.lost(causeOf(error), silent)
    // Its loss is told; how it takes its leave adds nothing.
    void Promise.allSettled([client.end()])
    this.#scheduleRetry()
  }

  #scheduleRetry(): void {
    if (this.#closed) return
    this.#retry = setTimeout(() => {
      this.#connect().then(
        () => this.#comeBack(),
        (error: unknown) => {
          // Whoever waits on another connection would wait for the limit of a statement: this one was only lost before.
          if (isSilence(error)) this.#events.lost(causeOf(error), true)
          this.#scheduleRetry()
        },
      )
    }, this.#retryMs)
    this.#retry.unref()
    this.#retryMs = Math.min(this.#retryMs * 2, longestRetryMs)
  }

  #comeBack(): void {
    if (this.#closed) return
    this.#events.back()
    for (const channel of this.#handlers.keys()) this.#tell(channel, null)
  }

  #tell(channel: string, payload: string | null): void {
    for (const handler of this.#handlers.get(channel) ?? []) handler(payload)
  }
}
