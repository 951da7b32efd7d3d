import { useQuery } from '@tanstack/react-query'
import type { SwitchQuestion } from '@pointsman/sdk'
import { useMemo } from 'react'
import { useClient } from '../session/session-context.tsx'
import type { Mark } from './mark.ts'

/** More would stand on top of each other. */
const mostMarks = 500
const noMarks: readonly Mark[] = []

/** The switches of a time, to be drawn on the axis of every plot; the newest five hundred of them. */
export function useSwitchMarks(
  { from, to }: { readonly from: number; readonly to: number },
  question: SwitchQuestion = {},
): readonly Mark[] {
  const client = useClient()
  // By the minute: a range that ends now moves on at every look.
  const fromText = new Date(Math.floor(from / 60_000) * 60_000).toISOString()
  const toText = new Date(Math.ceil(to / 60_000) * 60_000).toISOString()
  const { data } = useQuery({
    queryKey: ['switches', 'marks', question, fromText, toText],
    queryFn: ({ signal }) =>
      client.switches.list({ ...question, from: fromText, to: toText, limit: mostMarks }, { signal }),
    placeholderData: (before) => before,
  })
  return useMemo(
    () =>
      data?.data.map(({ from: before, id, recordedAt, scopeText, to: after, type }) => ({
        ...{ id, type, at: Date.parse(recordedAt) },
        label: `${scopeText}: ${before === null ? '' : `${before} → `}${after ?? ''}`,
      })) ?? noMarks,
    [data],
  )
}
