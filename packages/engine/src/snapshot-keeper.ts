import type { SnapshotManifest, SnapshotPart } from '@pointsman/contract'
import type { SnapshotHolderOptions } from './snapshot-state.ts'

/** How often it is kept that the kept one was confirmed. */
const keepConfirmedEveryMs = 60_000

/**
 * Keeps what is served for the next start. Writes follow one another, so that an older snapshot never overwrites a newer
 * one; one that fails is told, and changes nothing of what is served. A holder of mutable state: the writes under way, and
 * when something was kept last.
 */
export class SnapshotKeeper {
  readonly #options: Pick<SnapshotHolderOptions, 'clock' | 'lastGood' | 'log'>
  #writes: Promise<void> = Promise.resolve()
  #keptAtMs: number | null = null

  constructor(options: Pick<SnapshotHolderOptions, 'clock' | 'lastGood' | 'log'>) {
    this.#options = options
  }

  /** `isServed` is asked when its turn has come: one that was replaced meanwhile is not written. */
  keep(manifest: SnapshotManifest, parts: readonly SnapshotPart[], isServed: () => boolean): void {
    const { clock, lastGood } = this.#options
    if (lastGood === undefined) return
    this.#keptAtMs = clock.nowMs()
    this.#write(
      async () => (isServed() ? lastGood.save(manifest, parts) : undefined),
      'The applied snapshot could not be kept for the next start.',
    )
  }

  confirmed(atMs: number): void {
    const { lastGood } = this.#options
    if (lastGood?.confirmed === undefined) return
    if (this.#keptAtMs !== null && atMs - this.#keptAtMs < keepConfirmedEveryMs) return
    this.#keptAtMs = atMs
    this.#write(async () => lastGood.confirmed?.(atMs), 'The age of the kept snapshot could not be noted.')
  }

  #write(write: () => Promise<void>, failure: string): void {
    this.#writes = this.#writes.then(write).catch((thrown: unknown) => {
      this.#options.log('warn', failure, { fault: String(thrown) })
    })
  }
}
