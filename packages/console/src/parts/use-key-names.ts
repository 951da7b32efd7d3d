import { useQuery } from '@tanstack/react-query'
import { useCallback, useMemo } from 'react'
import { useClient, useRefusal } from '../session/session-context.tsx'

/** How people call a key, where they may see keys; its id elsewhere. */
export function useKeyNames(isOn = true): (id: string) => string {
  const client = useClient()
  const mayNotSeeKeys = useRefusal('admin') !== null
  const { data } = useQuery({
    queryKey: ['keys', 'names'],
    // The newest thousand: revoked ones become more for ever.
    queryFn: ({ signal }) => client.keys.list({ includeRevoked: true, limit: 1_000 }, { signal }),
    enabled: isOn && !mayNotSeeKeys,
  })
  const names = useMemo(() => new Map(data?.data.map(({ id, name }) => [id, name])), [data])
  return useCallback((id) => names.get(id) ?? id, [names])
}
