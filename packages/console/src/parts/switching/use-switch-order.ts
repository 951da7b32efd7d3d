import {
  useMutation,
  useQuery,
  useQueryClient,
  type UseMutationResult,
  type UseQueryResult,
} from '@tanstack/react-query'
import { PointsmanApiError, type ScopeNames, type SwitchOutcome, type Tagged } from '@pointsman/sdk'
import { useState } from 'react'
import { useClient, useRefusal } from '../../session/session-context.tsx'
import { fill } from '../../text/fill.ts'
import { text } from './text.ts'

export interface SwitchFields {
  readonly modelId: string | null
  readonly reason: string
  readonly approvedBy: string
  readonly applyToAll: boolean
  readonly showNotification: boolean
}

export interface SwitchOrdering {
  readonly fields: SwitchFields
  readonly setFields: (changed: Partial<SwitchFields>) => void
  /** Tries once more with the reason as it stands now, which the notice tells. */
  readonly tryReason: () => void
  readonly dryRun: UseQueryResult<Tagged<SwitchOutcome>>
  readonly make: UseMutationResult<Tagged<SwitchOutcome>, Error, void>
  /** Why the switch cannot be made now; null = it can. */
  readonly refusedBecause: string | null
  readonly failure: Error | null
}

/** An order as it is being written: tried on every change of what matters, made once. */
export function useSwitchOrder(scope: ScopeNames, suggested: string | null): SwitchOrdering {
  const [fields, setAll] = useState<SwitchFields>({
    modelId: suggested,
    ...{ reason: '', approvedBy: '', applyToAll: false, showNotification: true },
  })
  // Not at each letter: when the field is left.
  const [triedReason, setTriedReason] = useState('')
  const client = useClient()
  const queries = useQueryClient()
  const refusal = useRefusal('switch')
  const { applyToAll, approvedBy, modelId, reason, showNotification } = fields
  const order = {
    ...scope,
    modelId: modelId ?? '',
    applyTo: applyToAll ? ('all' as const) : ('new' as const),
  }
  const dryRun = useQuery({
    queryKey: ['switches', 'dry-run', scope, modelId, applyToAll, triedReason],
    queryFn: ({ signal }) => client.switches.dryRun({ ...order, reason: triedReason || null }, { signal }),
    enabled: modelId !== null && refusal === null,
    // Another reason changes nothing but the notice: what was told stays, and whoever presses the button meanwhile is heard.
    placeholderData: (before, query) =>
      query?.queryKey[3] === modelId && query.queryKey[4] === applyToAll ? before : undefined,
    ...{ staleTime: 0, gcTime: 0 },
  })
  const make = useMutation({
    mutationFn: () =>
      client.switches.create(
        {
          ...{ ...order, showNotification },
          reason: reason.trim() || null,
          approval: approvedBy.trim() === '' ? null : { by: approvedBy.trim() },
        },
        { ifMatch: dryRun.data?.etag ?? null },
      ),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['switches'] }),
    onError: (error) => (isStale(error) ? dryRun.refetch() : undefined),
  })
  return {
    ...{ fields, dryRun, make },
    setFields: (changed) => setAll((before) => ({ ...before, ...changed })),
    tryReason: () => setTriedReason(reason.trim()),
    refusedBecause: refusal ?? whyNot(dryRun, modelId),
    failure: make.error !== null && isStale(make.error) ? new Error(text.stale) : make.error,
  }
}

export const isStale = (error: Error): boolean => error instanceof PointsmanApiError && error.code === 'stale'

function whyNot(
  { data, error }: UseQueryResult<Tagged<SwitchOutcome>>,
  modelId: string | null,
): string | null {
  if (modelId === null) return text.choose
  if (error !== null) return error.message
  if (data === undefined) return text.dryRun
  return data.unchanged ? fill(text.unchanged, { model: data.to }) : null
}
