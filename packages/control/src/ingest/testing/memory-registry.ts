import type { JournalPosition, RequestId, UsageRecord } from '@pointsman/contract'
import type { Database, IngestResult, Transaction, UsageBatch } from '@pointsman/registry'
import type { Clock } from '../../ports.ts'
import type { IngestRegistry } from '../ingest.ts'

/** What a call of the database does instead of answering. */
export type Fault =
  /** Nothing is done. */
  | 'refuses'
  /** The work is done, then taken back. */
  | 'rolls-back'
  /** The work is committed, and the answer is lost. */
  | 'loses-answer'
  /** Nothing is done, and no answer ever comes. */
  | 'hangs'

interface State {
  readonly records: ReadonlyMap<string, number>
  readonly claims: ReadonlySet<string>
  readonly episodes: ReadonlySet<string>
  readonly checkpoints: ReadonlyMap<string, JournalPosition>
}

/** Only the registry's functions say SQL, and these here say none. */
const noStatements: Transaction = {
  query: (text) => Promise.reject(new Error(`no statements here: ${text}`)),
  script: (text) => Promise.reject(new Error(`no scripts here: ${text}`)),
}

const away = (): Error => Object.assign(new Error('no connection'), { code: 'registry_unavailable' })

/** The ids of a batch's requests, out of their lines. */
export const requestsOf = ({ lines = [] }: UsageBatch): readonly RequestId[] =>
  lines.map(
    (line) =>
      (JSON.parse(Buffer.from(line).toString('utf8')) as { readonly record: UsageRecord }).record.requestId,
  )

/** A database and the registry's ingest functions in memory: transactions are whole or not at all, and faults are asked for. */
export class MemoryRegistry implements IngestRegistry {
  state: State = { records: new Map(), claims: new Set(), episodes: new Set(), checkpoints: new Map() }
  /** Calls of the database so far: transactions and reads. */
  calls = 0
  readonly purposes: string[] = []
  readonly batchSizes: number[] = []
  faultAt: (call: number) => Fault | undefined = () => undefined
  /** Refuses a batch for what it says. */
  refuseData: (batch: UsageBatch) => Error | undefined = () => undefined
  /** As the primary key does. Off, a record that is sent twice past its checkpoint shows. */
  deduplicates = false

  #turn: Promise<unknown> = Promise.resolve()
  #open: State | null = null

  readonly database: Database = {
    kind: 'embedded',
    durable: true,
    transaction: (options, work) => this.#transaction(options.purpose, work),
    query: (text) => noStatements.query(text),
    listen: () => Promise.reject(new Error('the ingest does not listen')),
    state: () => ({ state: 'ready' }),
    close: () => Promise.resolve(),
  }

  ingestBatch = async (_transaction: Transaction, batch: UsageBatch): Promise<IngestResult> => {
    await Promise.resolve()
    const refusal = this.refuseData(batch)
    if (refusal !== undefined) throw refusal
    const state = this.#open
    if (state === null) throw new Error('outside of a transaction')
    const { position, claims = [], episodes = [] } = batch
    const requests = requestsOf(batch)
    const stored = state.checkpoints.get(position.journal)
    if (stored !== undefined && !isPast(position, stored)) return { inserted: 0, skipped: true }
    const counts = new Map(state.records)
    let inserted = 0
    for (const requestId of requests) {
      const present = counts.get(requestId) ?? 0
      if (present > 0 && this.deduplicates) continue
      counts.set(requestId, present + 1)
      inserted += 1
    }
    this.batchSizes.push(requests.length + claims.length + episodes.length)
    this.#open = {
      records: counts,
      claims: new Set([...state.claims, ...claims.map((claim) => claim.conversationId)]),
      episodes: new Set([...state.episodes, ...episodes.map((episode) => episode.id)]),
      checkpoints: new Map([...state.checkpoints, [position.journal, position]]),
    }
    return { inserted, skipped: false }
  }

  readCheckpoints = async (): Promise<readonly JournalPosition[]> => {
    await this.#call()
    return [...this.state.checkpoints.values()]
  }

  deleteCheckpoint = async (_database: unknown, journal: string): Promise<void> => {
    await this.#call()
    const checkpoints = new Map(this.state.checkpoints)
    checkpoints.delete(journal)
    this.state = { ...this.state, checkpoints }
  }

  async #transaction<Result>(
    purpose: string,
    work: (transaction: Transaction) => Promise<Result>,
  ): Promise<Result> {
    const fault = await this.#call()
    // One session: transactions take turns.
    const before = this.#turn
    const mine = before.then(() => this.#run(fault, purpose, work))
    this.#turn = Promise.allSettled([mine])
    return mine
  }

  async #run<Result>(
    fault: Fault | undefined,
    purpose: string,
    work: (transaction: Transaction) => Promise<Result>,
  ): Promise<Result> {
    this.purposes.push(purpose)
    this.#open = this.state
    const result = await work(noStatements)
    if (fault !== 'rolls-back') this.state = this.#open
    if (fault !== undefined) throw away()
    return result
  }

  async #call(): Promise<Fault | undefined> {
    this.calls += 1
    const fault = this.faultAt(this.calls)
    await Promise.resolve()
    if (fault === 'hangs') await new Promise<never>(() => undefined)
    if (fault === 'refuses') throw away()
    return fault
  }
}

const isPast = (a: JournalPosition, b: JournalPosition): boolean =>
  a.segment > b.segment || (a.segment === b.segment && a.offset > b.offset)

interface Timer {
  readonly atMs: number
  readonly callback: () => void
}

/** Time that jumps to the next timer as soon as nothing else is to be done. */
export class JumpingClock implements Clock {
  #nowMs = 1_795_000_000_000
  #timers: Timer[] = []
  #pumping = false

  nowMs(): number {
    return this.#nowMs
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer = { atMs: this.#nowMs + delayMs, callback }
    this.#timers.push(timer)
    this.#pump()
    return () => {
      this.#timers = this.#timers.filter((each) => each !== timer)
    }
  }

  /** Resolves when this much time has gone by. */
  wait(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.after(delayMs, resolve)
    })
  }

  #pump(): void {
    if (this.#pumping) return
    this.#pumping = true
    setImmediate(() => {
      this.#pumping = false
      const next = this.#timers.reduce<Timer | undefined>(
        (first, timer) => (first === undefined || timer.atMs < first.atMs ? timer : first),
        undefined,
      )
      if (next === undefined) return
      this.#timers = this.#timers.filter((timer) => timer !== next)
      this.#nowMs = Math.max(this.#nowMs, next.atMs)
      next.callback()
      if (this.#timers.length > 0) this.#pump()
    })
  }
}
