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
  /** The route's own model answers: the episode is over once it has for a minute. */
  recovered(route: string, from: ModelId, nowMs: number): void
}

// Routes are few; the bound holds when callers make up names.
const maxEpisodes = 1_000
/** A model that fails now and then would begin an episode, and write a record that is kept for ever, with every other request. */
const quietMs = 60_000

interface Episode {
  /** Which fallbacks were told of; as many as the route has at most. */
  readonly told: Set<ModelId>
  fellBackAtMs: number
  /** The route's own model has answered since. */
  isAnswered: boolean
}

const isOver = ({ fellBackAtMs, isAnswered }: Episode, nowMs: number): boolean =>
  isAnswered && nowMs - fellBackAtMs >= quietMs

/** The holder of open episodes; one a process, bounded to 1,000: the oldest makes room. */
export function createFallbackEpisodes(): FallbackEpisodes {
  const open = new Map<string, Episode>()
  const key = (route: string, from: ModelId) => `${route}\n${from}`
  const begin = (name: string): Episode => {
    const oldest = open.keys().next()
    if (open.size >= maxEpisodes && !oldest.done) open.delete(oldest.value)
    const begun = { told: new Set<ModelId>(), fellBackAtMs: 0, isAnswered: false }
    open.set(name, begun)
    return begun
  }
  return {
    fellBack({ route, from, to, requestId, cause, nowMs }) {
      const name = key(route, from)
      const before = open.get(name)
      if (before !== undefined && isOver(before, nowMs)) open.delete(name)
      const episode = open.get(name) ?? begin(name)
      episode.fellBackAtMs = nowMs
      episode.isAnswered = false
      if (episode.told.has(to)) return null
      episode.told.add(to)
      // The request that began it names it: unique, and replaying the journal makes the same id.
      return { id: `fallback-${requestId}`, route, from, to, startedAtMs: nowMs, requestId, cause }
    },
    recovered(route, from, nowMs) {
      if (open.size === 0) return
      const name = key(route, from)
      const episode = open.get(name)
      if (episode === undefined) return
      episode.isAnswered = true
      if (isOver(episode, nowMs)) open.delete(name)
    },
  }
}
