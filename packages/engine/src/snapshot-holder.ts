import {
  PointsmanError,
  compareRevisions,
  type PartReference,
  type Revision,
  type Snapshot,
  type SnapshotManifest,
  type SnapshotPart,
} from '@pointsman/contract'
import {
  compilingSnapshot,
  heldPart,
  heldParts,
  inSteps,
  partText,
  verifySnapshot,
  type CompiledSnapshot,
} from '@pointsman/core'
import type { SnapshotSource } from './ports.ts'
import { SnapshotKeeper } from './snapshot-keeper.ts'
import type {
  Held,
  Offer,
  SnapshotHolder,
  SnapshotHolderOptions,
  SnapshotHolderState,
} from './snapshot-state.ts'

const defaultPollMs = 500
const defaultMaxAgeMs = 24 * 60 * 60 * 1_000
// A source that hangs must not stop the replica from asking again, nor its start.
const longestRefreshMs = 10_000
const longestStartMs = 2_000

/**
 * Holds the one snapshot that this replica serves, and follows the source: on its word, and by asking. What comes is
 * checked and compiled beside the present one; the swap itself is one assignment that cannot fail. On any failure the
 * last good one stays, and the failure is told and counted. Bound: one snapshot and the one that is being prepared.
 */
export function createSnapshotHolder(source: SnapshotSource, options: SnapshotHolderOptions): SnapshotHolder {
  return new Holder(source, options)
}

class Holder implements SnapshotHolder {
  readonly #source: SnapshotSource
  readonly #options: SnapshotHolderOptions
  readonly #keeper: SnapshotKeeper
  #held: Held | null = null
  #origin: SnapshotHolderState['origin'] = null
  #appliedAtMs: number | null = null
  #confirmedAtMs: number | null = null
  /** From when the age counts: the source's last answer, or the start where there was none yet. */
  #freshAtMs = 0
  #expired = false
  #applied = 0
  #failures = 0
  #lastFailure: SnapshotHolderState['lastFailure'] = null
  #failing = false
  /** Hash of a content that does not compile: it would be fetched and compiled in vain at every poll. */
  #refusedHash: string | null = null
  #toldRefusal: string | null = null
  #generation = 0
  /** A newer revision is being fetched and compiled. */
  #taking = false
  #running: Promise<void> | null = null
  #next: Promise<void> | null = null
  #cancelPoll: (() => void) | null = null
  #unsubscribe: (() => void) | null = null
  #closed = false

  constructor(source: SnapshotSource, options: SnapshotHolderOptions) {
    this.#source = source
    this.#options = options
    this.#keeper = new SnapshotKeeper(options)
    this.#freshAtMs = options.clock.nowMs()
  }

  pin(): CompiledSnapshot {
    if (this.#held === null) {
      const cause = this.#lastFailure === null ? '' : ` The last attempt failed: ${this.#lastFailure.message}`
      throw new PointsmanError('not_ready', `This server has no snapshot of the registry yet.${cause}`)
    }
    if (this.#expired) {
      throw new PointsmanError(
        'not_ready',
        `This server's snapshot of the registry (revision ${this.#held.manifest.revision.number}) is too old to be served, because its source has not answered. Bring the registry back.`,
      )
    }
    return this.#held.compiled
  }

  revision(): Revision | null {
    return this.#held?.manifest.revision ?? null
  }

  state(): SnapshotHolderState {
    return {
      revision: this.revision(),
      origin: this.#origin,
      appliedAtMs: this.#appliedAtMs,
      confirmedAtMs: this.#confirmedAtMs,
      freshAtMs: this.#freshAtMs,
      current: this.#confirmedAtMs !== null && !this.#failing,
      expired: this.#expired,
      applied: this.#applied,
      failures: this.#failures,
      lastFailure: this.#lastFailure,
    }
  }

  refresh(): Promise<void> {
    if (this.#running === null) {
      this.#running = this.#lookOnce().finally(() => (this.#running = null))
      return this.#running
    }
    // What has begun may have read the source before the change that the caller knows of.
    this.#next ??= this.#running.then(() => {
      this.#next = null
      return this.refresh()
    })
    return this.#next
  }

  async start(): Promise<void> {
    await this.#loadLastGood()
    this.#unsubscribe = this.#source.onChange(() => void this.refresh())
    const look = this.refresh()
    // A source that answered has something to wait for, however large it is.
    if ((await this.#within(longestStartMs, look)) === null && this.#taking) await look
    this.#poll()
  }

  close(): void {
    this.#closed = true
    this.#generation++
    this.#cancelPoll?.()
    this.#unsubscribe?.()
  }

  #poll(): void {
    if (this.#closed) return
    const { clock, pollMs = defaultPollMs } = this.#options
    this.#cancelPoll = clock.after(pollMs, () => {
      this.#noteAge()
      void this.refresh().then(() => this.#poll())
    })
  }

  #noteAge(): void {
    const { clock, log, maxAgeMs = defaultMaxAgeMs } = this.#options
    const expired = clock.nowMs() - this.#freshAtMs > maxAgeMs
    if (expired && !this.#expired && this.#held !== null) {
      log('error', 'snapshot_too_old', {
        revision: this.revision(),
      })
    }
    this.#expired = expired
  }

  /**
   * One look at the source, given up after a while; what a given-up one finds later is not applied. What comes after the
   * answer is this replica's own work, which may take longer where the registry is large. Never rejects.
   */
  async #lookOnce(): Promise<void> {
    const generation = ++this.#generation
    this.#taking = false
    const failed = (thrown: unknown): null => {
      if (generation === this.#generation)
        this.#fail(thrown instanceof Error ? thrown.message : String(thrown))
      return null
    }
    const answer = await this.#within(longestRefreshMs, this.#ask(generation).catch(failed))
    if (generation !== this.#generation) return
    if (answer === null) {
      this.#generation++
      this.#fail(`the source did not answer within ${longestRefreshMs} ms`)
    } else if (answer.result !== null) await this.#take(answer.result, generation).catch(failed)
  }

  /** What the work gave, where it ended within the span; it goes on in any case. */
  async #within<Result>(spanMs: number, work: Promise<Result>): Promise<{ readonly result: Result } | null> {
    let cancel = (): void => undefined
    const alarm = new Promise<null>((resolve) => {
      cancel = this.#options.clock.after(spanMs, () => resolve(null))
    })
    const ended = await Promise.race([work.then((result) => ({ result })), alarm])
    cancel()
    return ended
  }

  /** The source's newest, with the parts that are not here yet; null where there is nothing to take. */
  async #ask(generation: number): Promise<Offer | null> {
    const manifest = await this.#source.latest()
    if (generation !== this.#generation) return null
    if (manifest === null) throw new Error('the source has no snapshot yet')
    const present = this.#held?.manifest
    if (present !== undefined) {
      const order = compareRevisions(manifest.revision, present.revision)
      if (order === 0 && manifest.hash === present.hash) return this.#confirm()
      if (order === 0) throw new Error(`two contents claim to be revision ${manifest.revision.number}`)
      if (order < 0) throw new Error(`the source offers revision ${manifest.revision.number}, which is older`)
    }
    this.#verify({ manifest, parts: [] })
    if (manifest.hash === this.#refusedHash) {
      this.#noteAnswer()
      return null
    }
    this.#taking = true
    const fetched = await this.#fetchMissing(manifest)
    if (generation !== this.#generation) return null
    this.#noteAnswer()
    return { manifest, fetched }
  }

  async #take({ fetched, manifest }: Offer, generation: number): Promise<void> {
    try {
      const compiled = await this.#inSteps(this.#compile(manifest, fetched))
      if (generation !== this.#generation) return
      this.#swap({ manifest, compiled }, 'source')
      this.#refusedHash = null
      this.#toldRefusal = null
      this.#keeper.keep(manifest, heldParts(compiled, manifest), () => this.#held?.manifest === manifest)
      this.#confirm()
    } catch (thrown) {
      if (generation === this.#generation)
        this.#tellRefused(manifest, thrown instanceof Error ? thrown.message : String(thrown))
      throw thrown
    }
  }

  /** Those of the manifest's parts that are not here yet. */
  async #fetchMissing(manifest: SnapshotManifest): Promise<readonly SnapshotPart[]> {
    const missing = manifest.parts
      .filter((reference) => this.#present(reference) === undefined)
      .map(({ hash }) => hash)
    return missing.length === 0 ? [] : this.#source.parts([...new Set(missing)])
  }

  /** The manifest's parts in its order. Throws when one is missing or is not what its hash says. */
  *#assemble(
    manifest: SnapshotManifest,
    fetched: readonly SnapshotPart[],
  ): Generator<undefined, readonly SnapshotPart[]> {
    const byHash = new Map<string, SnapshotPart>()
    for (const part of fetched) {
      byHash.set(this.#options.digests.sha256Hex(partText(part)), part)
      yield
    }
    return manifest.parts.map((reference) => {
      const { kind, hash } = reference
      const part = this.#present(reference) ?? byHash.get(hash)
      if (part?.kind !== kind) {
        throw new Error(
          `a part of revision ${manifest.revision.number} (${kind}) is missing or not what its hash says`,
        )
      }
      return part
    })
  }

  #present(reference: PartReference): SnapshotPart | undefined {
    return this.#held === null ? undefined : heldPart(this.#held.compiled, reference)
  }

  /** Of the manifest itself. */
  #verify(snapshot: Snapshot): void {
    const { digests } = this.#options
    const problems = verifySnapshot(snapshot, (text) => digests.sha256Hex(text))
    if (problems.length > 0) throw new Error(problems.join('; '))
  }

  #inSteps<Result>(steps: Generator<undefined, Result>): Promise<Result> {
    return inSteps(steps, this.#options.clock)
  }

  /** Throws when the snapshot is not acceptable: its parts are what the manifest says, so that it never will be. */
  *#compile(
    manifest: SnapshotManifest,
    fetched: readonly SnapshotPart[],
  ): Generator<undefined, CompiledSnapshot> {
    const parts = yield* this.#assemble(manifest, fetched)
    try {
      return yield* compilingSnapshot({ manifest, parts }, this.#held?.compiled)
    } catch (thrown) {
      this.#refusedHash = manifest.hash
      throw thrown
    }
  }

  /** One assignment, which cannot fail, and then telling. */
  #swap({ compiled, manifest }: Held, origin: NonNullable<SnapshotHolderState['origin']>): void {
    const { clock, log } = this.#options
    this.#held = { manifest, compiled }
    this.#origin = origin
    this.#appliedAtMs = clock.nowMs()
    this.#applied++
    try {
      this.#options.onApplied(compiled)
    } catch (thrown) {
      log('error', 'snapshot_not_told', { told: 'applied', fault: String(thrown) })
    }
  }

  /** Told once for each content and reason: the same one comes again with every poll. */
  #tellRefused({ hash, revision }: SnapshotManifest, problem: string): void {
    const refusal = `${hash} ${problem}`
    if (refusal === this.#toldRefusal) return
    this.#toldRefusal = refusal
    try {
      this.#options.onRefused?.(revision, problem)
    } catch (thrown) {
      this.#options.log('error', 'snapshot_not_told', { told: 'refused', fault: String(thrown) })
    }
  }

  /**
   * The source is there, whatever came of its answer: one bad revision must not make a replica stop serving its good
   * one a day later. That it was refused is an alarm of its own, and stands.
   */
  #noteAnswer(): void {
    this.#freshAtMs = this.#options.clock.nowMs()
    this.#expired = false
  }

  #confirm(): null {
    this.#noteAnswer()
    this.#confirmedAtMs = this.#freshAtMs
    this.#keeper.confirmed(this.#freshAtMs)
    if (this.#failing) this.#options.log('info', 'snapshot_source_back', { revision: this.revision() })
    this.#failing = false
    return null
  }

  /** Told once for each new reason: at two polls a second, a registry that is away would fill the log. */
  #fail(message: string): void {
    const { clock, log } = this.#options
    this.#failures++
    if (!this.#failing || this.#lastFailure?.message !== message) {
      const serves = this.#held === null ? 'none' : 'the last good one'
      log(this.#held === null ? 'error' : 'warn', 'snapshot_not_applied', {
        ...{ revision: this.revision(), problem: message, serves },
      })
    }
    this.#failing = true
    this.#lastFailure = { atMs: clock.nowMs(), message }
  }

  async #loadLastGood(): Promise<void> {
    const { lastGood } = this.#options
    if (lastGood === undefined) return
    try {
      const loaded = await lastGood.load()
      if (loaded === null) return
      const { manifest, parts } = loaded
      if (parts.length !== manifest.parts.length) throw new Error('some of its parts are missing')
      this.#verify({ manifest, parts: [] })
      const compiled = await this.#inSteps(this.#compile(manifest, parts))
      this.#swap({ manifest, compiled }, 'last-good')
      // A clock that was set back must not make it younger than it can be.
      this.#freshAtMs = Math.min(this.#freshAtMs, loaded.confirmedAtMs ?? this.#freshAtMs)
      this.#noteAge()
    } catch (thrown) {
      this.#fail(
        `the last good snapshot cannot be used: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
      )
    }
  }
}
