import { statfsSync } from 'node:fs'
import { PointsmanError } from '@pointsman/contract'

export interface DiskEvents {
  full(freeBytes: number): void
  freeAgain(freeBytes: number): void
}

export interface DiskGuard {
  /** Null while there is room, else how much is free. */
  freeWhenFull(): number | null
  /** Throws `storage_full` when the reserve is touched. */
  admitWrite(): void
}

const lookEveryMs = 500

/**
 * Refuses writes before the disk is full: PGlite's first error on a full disk is clean, its next statement spins for
 * ever. Looks at most every half second, because it is asked before every write.
 */
export function createDiskGuard(directory: string, reserveBytes: number, events: DiskEvents): DiskGuard {
  let lookedAtMs = -Infinity
  let free = 0
  let full = false
  const look = (): void => {
    const nowMs = performance.now()
    if (nowMs - lookedAtMs < lookEveryMs) return
    lookedAtMs = nowMs
    const { bavail, bsize } = statfsSync(directory)
    free = bavail * bsize
    const wasFull = full
    full = free < reserveBytes
    if (full && !wasFull) events.full(free)
    if (!full && wasFull) events.freeAgain(free)
  }
  return {
    freeWhenFull: () => {
      look()
      return full ? free : null
    },
    admitWrite: () => {
      look()
      if (!full) return
      throw new PointsmanError(
        'storage_full',
        `Only ${Math.floor(free / 1_048_576)} MB are free where the database is, and ${Math.floor(reserveBytes / 1_048_576)} MB are kept in reserve. Make room; reading goes on.`,
      )
    },
  }
}

/** In memory there is no disk to fill. */
export const noDiskGuard: DiskGuard = { freeWhenFull: () => null, admitWrite: () => undefined }

/** A statement that cannot change a row. `WITH` may, so it counts as a write. */
export const onlyReads = (text: string): boolean => /^\s*(select|show|values|table|explain)\b/i.test(text)
