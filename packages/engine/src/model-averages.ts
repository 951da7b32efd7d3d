import { errorTable, type AttemptRecord } from '@pointsman/contract'
import type { ModelHealth } from '@pointsman/core'

/** How models did lately in this process: what the strategy `least-latency` and rankings go by. */
export interface ModelAverages {
  /** Takes in one call upstream. */
  note(attempt: AttemptRecord, nowMs: number): void
  /** `modelId@region` → milliseconds to the first content. What was not called lately is not there, and is tried anew. */
  latencies(nowMs: number): ReadonlyMap<string, number>
  /** By model id, all regions together. */
  health(nowMs: number): ReadonlyMap<string, ModelHealth>
}

interface Average {
  readonly modelId: string
  readonly latencyMs: number
  readonly requests: number
  readonly errors: number
  readonly throttled: number
  readonly notedAtMs: number
}

/** The weight of the newest call in the average. */
const newest = 0.3
/** Counts of calls and failures lose half of their weight in this time. */
const halfLifeMs = 5 * 60_000
/** After so long without a call nothing is known of a model any more. */
const forgottenAfterMs = 10 * 60_000
/** A model that refuses at once is not fast: whoever waited for it waited in vain. */
const failedLatencyMs = 30_000

/** The holder of these averages; one a process, bounded to `maxModels`: the one heard of longest ago makes room. */
export function createModelAverages(maxModels = 1_000): ModelAverages {
  const averages = new Map<string, Average>()
  const latencies = new Map<string, number>()
  const forget = (key: string): void => {
    averages.delete(key)
    latencies.delete(key)
  }
  const forgetOld = (nowMs: number): void => {
    // The oldest stand first.
    for (const [key, { notedAtMs }] of averages) {
      if (nowMs - notedAtMs < forgottenAfterMs) return
      forget(key)
    }
  }
  return {
    note(attempt, nowMs) {
      const sample = sampleOf(attempt)
      if (sample === null) return
      const key = `${attempt.modelId}@${attempt.region}`
      const before = averages.get(key)
      forget(key)
      const average =
        before === undefined ? fresh(attempt.modelId, sample, nowMs) : added(before, sample, nowMs)
      averages.set(key, average)
      latencies.set(key, average.latencyMs)
      const oldest = averages.keys().next()
      if (averages.size > maxModels && oldest.done !== true) forget(oldest.value)
    },
    latencies(nowMs) {
      forgetOld(nowMs)
      return latencies
    },
    health(nowMs) {
      forgetOld(nowMs)
      const byModel = new Map<string, ModelHealth>()
      for (const average of averages.values()) {
        byModel.set(average.modelId, together(byModel.get(average.modelId), aged(average, nowMs)))
      }
      return byModel
    },
  }
}

interface Sample {
  readonly latencyMs: number
  readonly failed: 'throttled' | 'error' | null
}

/** Null where a call says nothing of its model: the caller left, the request itself was refused, or we had no connection for it. */
function sampleOf({ error, firstContentAfterMs, endedAfterMs }: AttemptRecord): Sample | null {
  if (error === null) return { latencyMs: firstContentAfterMs ?? endedAfterMs, failed: null }
  const isModels = errorTable[error.code].next === 'move-on' || error.code === 'upstream_timeout_total'
  if (!isModels || error.code === 'overloaded') return null
  const failed = error.code === 'upstream_throttled' ? 'throttled' : 'error'
  return { latencyMs: Math.max(failedLatencyMs, endedAfterMs), failed }
}

const fresh = (modelId: string, { failed, latencyMs }: Sample, nowMs: number): Average => ({
  modelId,
  latencyMs,
  requests: 1,
  errors: failed === 'error' ? 1 : 0,
  throttled: failed === 'throttled' ? 1 : 0,
  notedAtMs: nowMs,
})

function added(before: Average, sample: Sample, nowMs: number): Average {
  const { latencyMs, requests, errors, throttled, notedAtMs } = aged(before, nowMs)
  const one = fresh(before.modelId, sample, Math.max(nowMs, notedAtMs))
  return {
    ...one,
    latencyMs: latencyMs + newest * (one.latencyMs - latencyMs),
    requests: requests + one.requests,
    errors: errors + one.errors,
    throttled: throttled + one.throttled,
  }
}

/** What its counts weigh now. */
function aged(average: Average, nowMs: number): Average {
  const share = 0.5 ** (Math.max(0, nowMs - average.notedAtMs) / halfLifeMs)
  const { requests, errors, throttled } = average
  return { ...average, requests: requests * share, errors: errors * share, throttled: throttled * share }
}

function together(
  known: ModelHealth | undefined,
  { requests, errors, throttled, latencyMs }: Average,
): ModelHealth {
  if (known === undefined) return { requests, errors, throttled, latencyMs }
  return {
    requests: known.requests + requests,
    errors: known.errors + errors,
    throttled: known.throttled + throttled,
    latencyMs: known.latencyMs === null ? latencyMs : Math.min(known.latencyMs, latencyMs),
  }
}
