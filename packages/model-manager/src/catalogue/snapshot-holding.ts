import type { CompiledSnapshot } from '@pointsman/core'

/** The snapshot that calls are decided by, wherever it comes from. */
export interface SnapshotHolding {
  /** The present one; throws PointsmanError `not_ready` where there is none. */
  pin(): CompiledSnapshot
  /** Before a call: makes sure that what `pin` gives is not older than it should be. Waits a bounded time, and never rejects. */
  fresh(): Promise<void>
  close(): void
}

/** The catalogue and the file: it does not change. */
export const fixedSnapshot = (snapshot: CompiledSnapshot): SnapshotHolding => ({
  pin: () => snapshot,
  fresh: () => Promise.resolve(),
  close: () => undefined,
})
