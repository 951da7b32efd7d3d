import type { FallbackEpisode, ModelId, RequestId } from '@pointsman/contract'

/** What one request tells: which model its route wanted, and which one served. */
export interface ServedByFallback {
  readonly route: string
  readonly from: ModelId
  readonly to: ModelId
  readonly requestId: RequestId
  readonly cause: string
  readonly nowMs: number
}

/** Which routes are being served by a fallback: one record for an episode, not one for each request. */
export interface FallbackEpisodes {
  /** The episode to record, when this request begins one; null while one is under way. */
  fellBack(served: ServedByFallback): FallbackEpisode | null
  /** The route's own model answers again: the episode is over. */
  recovered(route: string, from: ModelId): void
}

// Routes are few; the bound holds when callers make up names.
const maxEpisodes = 1_000

/** The holder of open episodes; one a process, bounded to 1,000: the oldest makes room. */
export function createFallbackEpisodes(): FallbackEpisodes {
  const open = new Map<string, ModelId>()
  const key = (route: string, from: ModelId) => `${route}\n${from}`
  return {
    fellBack({ route, from, to, requestId, cause, nowMs }) {
      const name = key(route, from)
      if (open.get(name) === to) return null
      if (!open.has(name) && open.size >= maxEpisodes) {
        const oldest = open.keys().next()
        if (!oldest.done) open.delete(oldest.value)
      }
      open.set(name, to)
      // The request that began it names it: unique, and replaying the journal makes the same id.
      return { id: `fallback-${requestId}`, route, from, to, startedAtMs: nowMs, requestId, cause }
    },
    recovered(route, from) {
      if (open.size > 0) open.delete(key(route, from))
    },
  }
}
