import type { UsageDimension } from '@pointsman/sdk'
import { useCallback } from 'react'
import { useKeyNames } from '../../parts/use-key-names.ts'
import { text } from './text.ts'

/** How people call a group: keys by their names where they may be seen, and what has none by words. */
export function useGroupNames(groupBy: UsageDimension): (group: string) => string {
  const keyName = useKeyNames(groupBy === 'key')
  return useCallback(
    (group) => {
      if (group === '') return text.noGroup[groupBy]
      return groupBy === 'key' ? keyName(group) : group
    },
    [groupBy, keyName],
  )
}
