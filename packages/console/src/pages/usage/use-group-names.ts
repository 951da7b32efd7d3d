import { useQuery } from '@tanstack/react-query'
import type { UsageDimension } from '@pointsman/sdk'
import { useCallback, useMemo } from 'react'
import { useClient, useRefusal } from '../../session/session-context.tsx'
import { text } from './text.ts'

/** How people call a group: keys by their names where they may be seen, and what has none by words. */
export function useGroupNames(groupBy: UsageDimension): (group: string) => string {
  const client = useClient()
  const mayNotSeeKeys = useRefusal('admin') !== null
  const { data } = useQuery({
    queryKey: ['keys', 'names'],
    queryFn: ({ signal }) => client.keys.list({ includeRevoked: true, limit: 1_000 }, { signal }),
    enabled: groupBy === 'key' && !mayNotSeeKeys,
  })
  const names = useMemo(() => new Map(data?.data.map(({ id, name }) => [id, name])), [data])
  return useCallback(
    (group) => {
      if (group === '') return text.noGroup
      return groupBy === 'key' ? (names.get(group) ?? group) : group
    },
    [groupBy, names],
  )
}
