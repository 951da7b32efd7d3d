import { PointsmanError, type Key, type Principal } from '@pointsman/contract'
import type { Limits } from '@pointsman/engine'

export interface LimitsOptions {
  /** The key as the present snapshot has it; undefined once it was revoked. */
  readonly keyOf: (id: string) => Key | undefined
}

/** A replica's own count: what a key used in the running minute and on the running UTC day. */
interface Used {
  minute: number
  requests: number
  day: number
  spentNanoUsd: number
}

const minuteMs = 60_000
const dayMs = 86_400_000

/**
 * Requests a minute and spend a day, counted in this replica. One entry for each key that has a limit, so the bound is the
 * number of keys: those of revoked keys go within a minute in which anything is counted. Spend counts once a request's cost is known: requests under way may overrun by what they cost.
 */
export function createLimits(options: LimitsOptions): Limits {
  const usedByKey = new Map<string, Used>()
  let tidiedMinute = 0
  const forgetRevoked = (minute: number): void => {
    if (minute === tidiedMinute) return
    tidiedMinute = minute
    for (const id of usedByKey.keys()) if (options.keyOf(id) === undefined) usedByKey.delete(id)
  }
  const usedOf = (id: string, nowMs: number): Used => {
    const minute = Math.floor(nowMs / minuteMs)
    forgetRevoked(minute)
    const day = Math.floor(nowMs / dayMs)
    let used = usedByKey.get(id)
    if (used === undefined) {
      used = { minute, requests: 0, day, spentNanoUsd: 0 }
      usedByKey.set(id, used)
    }
    if (used.minute !== minute) Object.assign(used, { minute, requests: 0 })
    if (used.day !== day) Object.assign(used, { day, spentNanoUsd: 0 })
    return used
  }
  const limited = (principal: Principal): Key | undefined => {
    const key = principal.kind === 'key' ? options.keyOf(principal.id) : undefined
    return key !== undefined && (key.requestsPerMinute !== null || key.spendPerDayNanoUsd !== null)
      ? key
      : undefined
  }
  return {
    reserve(principal, nowMs) {
      const key = limited(principal)
      if (key === undefined) return
      const used = usedOf(key.id, nowMs)
      if (key.requestsPerMinute !== null && used.requests >= key.requestsPerMinute) {
        throw new PointsmanError(
          'limit_reached',
          `The key "${key.name}" has used its ${key.requestsPerMinute} requests of this minute.`,
          {
            retryAfterMs: (used.minute + 1) * minuteMs - nowMs,
          },
        )
      }
      if (key.spendPerDayNanoUsd !== null && used.spentNanoUsd >= key.spendPerDayNanoUsd) {
        throw new PointsmanError(
          'limit_reached',
          `The key "${key.name}" has spent its ${key.spendPerDayNanoUsd / 1e9} US dollars of this day (UTC).`,
          {
            retryAfterMs: (used.day + 1) * dayMs - nowMs,
          },
        )
      }
      used.requests += 1
    },
    settle(principal, costNanoUsd, nowMs) {
      const key = limited(principal)
      if (key !== undefined && costNanoUsd !== null) usedOf(key.id, nowMs).spentNanoUsd += costNanoUsd
    },
  }
}
