import { useQuery, type UseQueryResult } from '@tanstack/react-query'
import type { UsageDimension, UsageTotal } from '@pointsman/sdk'
import { useClient } from '../../session/session-context.tsx'
import { beginOf, instantsOf, type Range } from '../../plots/ranges.ts'
import { spansOf } from './spans.ts'

/** What the page shows of one range. */
export interface UsageSeen {
  readonly from: number
  readonly to: number
  readonly instants: readonly number[]
  /** Most requests first. */
  readonly groups: readonly UsageTotal[]
  /** Of the leading groups, by name and then by begin of the interval. */
  readonly overTime: ReadonlyMap<string, ReadonlyMap<number, UsageTotal>>
  /** Everything together; null = nothing was asked. */
  readonly total: UsageTotal | null
  /** The same of the time before, where it is compared with. */
  readonly before: ReadonlyMap<string, UsageTotal> | null
  readonly totalBefore: UsageTotal | null
}

/** Lines of a plot; more cannot be told apart. */
export const plottedGroups = 5
/** Rows of the table: who asked most. */
export const listedGroups = 200

/** Sums by the hour or the day of a bounded number of groups: as quick with ten million records as with ten. */
export function useUsage(
  groupBy: UsageDimension,
  range: Range,
  isCompared: boolean,
): UseQueryResult<UsageSeen> {
  const client = useClient()
  return useQuery({
    queryKey: ['usage', 'page', groupBy, range.id, isCompared],
    queryFn: async ({ signal }) => {
      const to = Date.now()
      const from = beginOf(range, to)
      const { before: earlier, now } = spansOf(range, to)
      const asked = { groupBy, from: now.from }
      const options = { signal }
      const [groups, overTime, total, before, totalBefore] = await Promise.all([
        client.usage.totals({ ...asked, limit: listedGroups }, options),
        client.usage.totals({ ...asked, interval: range.interval, limit: plottedGroups }, options),
        client.usage.totals({ ...asked, groupBy: 'all' }, options),
        isCompared ? client.usage.totals({ ...earlier, groupBy, limit: 1_000 }, options) : null,
        isCompared ? client.usage.totals({ ...earlier, groupBy: 'all' }, options) : null,
      ])
      return {
        ...{ from, to, groups: groups.data, total: total.data[0] ?? null },
        instants: instantsOf(range, from, to),
        overTime: byGroup(overTime.data),
        before: before === null ? null : new Map(before.data.map((one) => [one.group, one])),
        totalBefore: totalBefore?.data[0] ?? null,
      }
    },
    refetchInterval: 30_000,
    placeholderData: (previous, query) => (query?.queryKey[2] === groupBy ? previous : undefined),
  })
}

function byGroup(totals: readonly UsageTotal[]): ReadonlyMap<string, ReadonlyMap<number, UsageTotal>> {
  const groups = new Map<string, Map<number, UsageTotal>>()
  for (const total of totals) {
    const points = groups.get(total.group) ?? new Map<number, UsageTotal>()
    points.set(Date.parse(total.start ?? ''), total)
    groups.set(total.group, points)
  }
  return groups
}
