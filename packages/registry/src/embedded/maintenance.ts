/** Where maintenance does its work: in turn with everybody else. */
export interface MaintenanceParts {
  /** Runs one statement outside a transaction; long ones are allowed. */
  run(text: string): Promise<unknown>
  /** Nobody uses the database or waits for it. */
  idle(): boolean
  failed(cause: string): void
}

export interface Maintenance {
  /** A write was committed. */
  wrote(): void
  stop(): void
}

const lookEveryMs = 30_000
const checkpointEveryMs = 300_000
const vacuumEveryMs = 86_400_000
/** So that a program that is restarted every day is vacuumed too. */
const firstVacuumAfterMs = 900_000

/**
 * PGlite has no background workers: no checkpointer (its log would grow, and so would the time of a recovery), no
 * autovacuum (tables would bloat, plans would rest on no statistics). So both are done here: a checkpoint every five
 * minutes and in the first idle half minute after a write, a vacuum with statistics a quarter of an hour after the start
 * and then once a day.
 */
export function startMaintenance(parts: MaintenanceParts): Maintenance {
  let dirty = false
  let running = false
  let checkpointedAtMs = performance.now()
  let vacuumedAtMs = performance.now() + firstVacuumAfterMs - vacuumEveryMs
  const due = (): string | null => {
    const nowMs = performance.now()
    if (nowMs - vacuumedAtMs >= vacuumEveryMs) {
      vacuumedAtMs = nowMs
      return 'VACUUM (ANALYZE)'
    }
    if (!dirty || (!parts.idle() && nowMs - checkpointedAtMs < checkpointEveryMs)) return null
    dirty = false
    checkpointedAtMs = nowMs
    return 'CHECKPOINT'
  }
  const timer = setInterval(() => {
    if (running) return
    const text = due()
    if (text === null) return
    running = true
    parts
      .run(text)
      .catch((error: unknown) =>
        parts.failed(`${text}: ${error instanceof Error ? error.message : String(error)}`),
      )
      .finally(() => {
        running = false
      })
      .catch((error: unknown) => parts.failed(String(error)))
  }, lookEveryMs)
  timer.unref()
  return {
    wrote: () => {
      dirty = true
    },
    stop: () => clearInterval(timer),
  }
}
