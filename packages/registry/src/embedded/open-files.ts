import { readFileSync } from 'node:fs'
import { PointsmanError } from '@pointsman/contract'

/** Its own files, some 350, and what a few clients take. */
const least = 400

/**
 * Throws `refused` where this process may open too few files: PostgreSQL would fail in its midst, and tell of a file that
 * exists or of a directory that cannot be read. Node itself has raised the limit as far as it may.
 */
export function refuseFewOpenFiles(limits = readLimits()): void {
  const [, most] = /^Max open files +(\d+) /m.exec(limits ?? '') ?? []
  if (most === undefined || Number(most) >= least) return
  throw new PointsmanError(
    'refused',
    `This process may open ${most} files, and the embedded database takes some 350. Allow it 1,024 and what its connections take (ulimit -n, LimitNOFILE=, a container's nofile), or use a PostgreSQL server with DATABASE_URL.`,
  )
}

/** Null where the system has no such file, as Linux alone does. */
function readLimits(): string | null {
  try {
    return readFileSync('/proc/self/limits', 'utf8')
  } catch {
    // Nothing is known then, and nothing refused.
    return null
  }
}
