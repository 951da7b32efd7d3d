import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { useClient } from '../session/session-context.tsx'
import { fill } from '../text/fill.ts'
import type { Mark } from './mark.ts'
import { text } from './text.ts'

const noMarks: readonly Mark[] = []

/** The switches of a time, to be drawn on the axis of every plot; those that would stand on one place as one mark. */
export function useSwitchMarks({
  from,
  to,
}: {
  readonly from: number
  readonly to: number
}): readonly Mark[] {
  const client = useClient()
  // By the minute: a range that ends now moves on at every look.
  const fromText = new Date(Math.floor(from / 60_000) * 60_000).toISOString()
  const toText = new Date(Math.ceil(to / 60_000) * 60_000).toISOString()
  const { data } = useQuery({
    queryKey: ['switches', 'marks', fromText, toText],
    queryFn: ({ signal }) => client.switches.marks({ from: fromText, to: toText }, { signal }),
    placeholderData: (before) => before,
  })
  return useMemo(
    () =>
      data?.data.map(({ count, from: before, id, recordedAt, scopeText, to: after, type }) => {
        const change = `${scopeText}: ${before === null ? '' : `${before} → `}${after ?? ''}`
        return {
          ...{ id, type, count, at: Date.parse(recordedAt) },
          label: count === 1 ? change : fill(text.andMore, { change, count: count - 1 }),
        }
      }) ?? noMarks,
    [data],
  )
}
