import { useQuery, type UseQueryResult } from '@tanstack/react-query'
import type { UsageTotal } from '@pointsman/sdk'
import { useClient } from '../../session/session-context.tsx'
import { beginOf, instantsOf, type Range } from '../../plots/ranges.ts'

export interface Traffic {
  readonly from: number
  readonly to: number
  /** The whole range; null = nothing was asked. */
  readonly total: UsageTotal | null
  /** One for each interval, those without requests too. */
  readonly instants: readonly number[]
  readonly points: readonly (UsageTotal | null)[]
}

/** Rollups by the minute, hour or day: as quick with ten million records as with ten. Looked at anew every ten seconds. */
export function useTraffic(range: Range): UseQueryResult<Traffic> {
  const client = useClient()
  return useQuery({
    queryKey: ['usage', 'overview', range.id],
    queryFn: async ({ signal }) => {
      const nowMs = Date.now()
      const fromMs = beginOf(range, nowMs)
      const question = { groupBy: 'all', from: new Date(fromMs).toISOString() } as const
      const [whole, byInterval] = await Promise.all([
        client.usage.totals(
          { ...question, precision: range.interval === 'minute' ? 'minute' : 'hour' },
          { signal },
        ),
        client.usage.totals({ ...question, interval: range.interval }, { signal }),
      ])
      return trafficOf(range, { fromMs, nowMs }, { whole: whole.data, byInterval: byInterval.data })
    },
    refetchInterval: 10_000,
    placeholderData: (before) => before,
  })
}

function trafficOf(
  range: Range,
  { fromMs, nowMs }: { readonly fromMs: number; readonly nowMs: number },
  {
    byInterval,
    whole,
  }: { readonly whole: readonly UsageTotal[]; readonly byInterval: readonly UsageTotal[] },
): Traffic {
  const byStart = new Map(byInterval.map((total) => [Date.parse(total.start ?? ''), total]))
  const instants = instantsOf(range, fromMs, nowMs)
  return {
    from: fromMs,
    to: nowMs,
    total: whole[0] ?? null,
    instants,
    points: instants.map((at) => byStart.get(at) ?? null),
  }
}
