import { errorTable, type AttemptRecord } from '@pointsman/contract'
import type { ModelHealth } from '@pointsman/core'
import { circuitKey } from './circuit-key.ts'

/** How models did lately in this process: what the strategy `least-latency` and rankings go by. */
export interface ModelAverages {
  /** Takes in one call upstream. */
  note(attempt: AttemptRecord, nowMs: number): void
  /** `modelId@region` → milliseconds to the first content. What was not called lately is not there, and is tried anew. */
  latencies(nowMs: number): ReadonlyMap<string, number>
  /** By model id, all regions together. */
  health(nowMs: number): ReadonlyMap<string, ModelHealth>
}

/** Changed in place: it is noted for every call. */
interface Average {
  readonly modelId: string
  latencyMs: number
  requests: number
  errors: number
  throttled: number
  notedAtMs: number
  /** Until when its counts have lost of their weight. */
  agedAtMs: number
}

/** The weight of the newest call in the average. */
const newest = 0.3
/** Counts of calls and failures lose half of their weight in this time. */
const halfLifeMs = 5 * 60_000
/** After so long without a call nothing is known of a model any more. */
const forgottenAfterMs = 10 * 60_000
/** How often it is looked for those, and counts are made lighter. */
const lookEveryMs = 1_000
/** A model that refuses at once is not fast: whoever waited for it waited in vain. */
const failedLatencyMs = 30_000

/** The holder of these averages; one a process, bounded to `maxModels`: the one heard of longest ago makes room. */
export function createModelAverages(maxModels = 1_000): ModelAverages {
  const averages = new Map<string, Average>()
  const latencies = new Map<string, number>()
  let lookedAtMs = -Infinity
  const forget = (key: string): void => {
    averages.delete(key)
    latencies.delete(key)
  }
  const forgetOld = (nowMs: number): void => {
    if (Math.abs(nowMs - lookedAtMs) < lookEveryMs) return
    lookedAtMs = nowMs
    for (const [key, { notedAtMs }] of averages) if (nowMs - notedAtMs >= forgottenAfterMs) forget(key)
  }
  const added = (key: string, modelId: string, { latencyMs }: Sample, nowMs: number): Average => {
    if (averages.size >= maxModels) forget(heardOfLongestAgo(averages))
    const average = {
      ...{ modelId, latencyMs, requests: 0, errors: 0, throttled: 0 },
      ...{ notedAtMs: nowMs, agedAtMs: nowMs },
    }
    averages.set(key, average)
    return average
  }
  return {
    note(attempt, nowMs) {
      const sample = sampleOf(attempt)
      if (sample === null) return
      const key = circuitKey(attempt)
      const average = averages.get(key) ?? added(key, attempt.modelId, sample, nowMs)
      count(average, sample, nowMs)
      latencies.set(key, average.latencyMs)
    },
    latencies(nowMs) {
      forgetOld(nowMs)
      return latencies
    },
    health(nowMs) {
      forgetOld(nowMs)
      const byModel = new Map<string, ModelHealth>()
      for (const average of averages.values())
        byModel.set(average.modelId, together(byModel.get(average.modelId), average, shareAt(average, nowMs)))
      return byModel
    },
  }
}

function heardOfLongestAgo(averages: ReadonlyMap<string, Average>): string {
  let [oldest, sinceMs] = ['', Infinity]
  for (const [key, { notedAtMs }] of averages) if (notedAtMs < sinceMs) [oldest, sinceMs] = [key, notedAtMs]
  return oldest
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

function count(average: Average, { failed, latencyMs }: Sample, nowMs: number): void {
  const share = shareAt(average, nowMs)
  if (share < 1) {
    average.requests *= share
    average.errors *= share
    average.throttled *= share
    average.agedAtMs = nowMs
  }
  average.latencyMs += newest * (latencyMs - average.latencyMs)
  average.requests += 1
  if (failed === 'error') average.errors += 1
  else if (failed === 'throttled') average.throttled += 1
  average.notedAtMs = Math.max(nowMs, average.notedAtMs)
}

/** What is left of its counts' weight: a quarter of a percent goes in the time in which nothing is taken off. */
function shareAt({ agedAtMs }: Average, nowMs: number): number {
  const agesMs = nowMs - agedAtMs
  return agesMs < lookEveryMs ? 1 : 0.5 ** (agesMs / halfLifeMs)
}

const together = (
  known: ModelHealth | undefined,
  { errors, latencyMs, requests, throttled }: Average,
  share: number,
): ModelHealth => ({
  requests: (known?.requests ?? 0) + requests * share,
  errors: (known?.errors ?? 0) + errors * share,
  throttled: (known?.throttled ?? 0) + throttled * share,
  latencyMs: Math.min(known?.latencyMs ?? Infinity, latencyMs),
})
