import { useMutation, useQueryClient, type UseMutationResult } from '@tanstack/react-query'
import { PointsmanApiError, type RouteItem, type RouteOrder, type Tagged } from '@pointsman/sdk'
import { useState } from 'react'
import { tellChanged } from '../../parts/behind.tsx'
import { useLeaving, type Leaving } from '../../parts/leaving.tsx'
import { useClient, useRefusal } from '../../session/session-context.tsx'
import { fill } from '../../text/fill.ts'
import { text } from './text.ts'

/** A route's rules as they are being edited; fields that are typed into are text. */
export interface RouteDraft {
  readonly candidates: readonly { readonly modelId: string; readonly weight: string }[]
  readonly fallbacks: readonly string[] | null
  readonly strategy: RouteItem['strategy']
  readonly objective: RouteItem['objective']
  readonly lifecycleRule: RouteItem['lifecycleRule']
  readonly autoSwitch: RouteItem['autoSwitch']
  readonly residency: string
  readonly capture: boolean
  readonly heartbeat: string
}

export interface RouteEditing {
  readonly draft: RouteDraft
  readonly set: (changed: Partial<RouteDraft>) => void
  readonly isChanged: boolean
  /** What is wrong with the draft; null = it can be saved. */
  readonly problem: string | null
  readonly refusal: string | null
  readonly save: UseMutationResult<Tagged<RouteItem>, Error, void>
  readonly discard: () => void
  /** Somebody is about to leave with changes that are not saved; null = nobody is. */
  readonly leaving: Leaving | null
}

/** What is changed of a route until it is saved or dropped. */
export function useRouteDraft(route: Tagged<RouteItem>): RouteEditing {
  // What the changes began from: its ETag tells the server whether somebody else was quicker.
  const [base, setBase] = useState(route)
  const [draft, setDraft] = useState(() => draftOf(route))
  const client = useClient()
  const queries = useQueryClient()
  const refusal = useRefusal('admin')
  const isChanged = JSON.stringify(draft) !== JSON.stringify(draftOf(base))
  const begin = (from: Tagged<RouteItem>): void => {
    setBase(from)
    setDraft(draftOf(from))
  }
  // As long as nothing is changed here, what others change shows.
  if (!isChanged && route.etag !== base.etag) begin(route)
  const save = useMutation({
    mutationFn: () => {
      const routes = base.kind === 'agent' ? client.agents : client.useCases
      return routes.put(base.name, orderOf(draft), { ifMatch: base.etag })
    },
    onSuccess: (saved) => {
      begin(saved)
      tellChanged(fill(text.saved, { route: saved.key, revision: saved.revision }), saved)
      void queries.invalidateQueries({ queryKey: ['routes'] })
    },
  })
  const leaving = useLeaving(isChanged)
  return {
    ...{ draft, isChanged, leaving, refusal, save },
    set: (changed) => setDraft((before) => ({ ...before, ...changed })),
    problem: problemOf(draft),
    discard: () => {
      save.reset()
      begin(route)
    },
  }
}

export const isStale = (error: Error): boolean => error instanceof PointsmanApiError && error.code === 'stale'

const draftOf = (route: RouteItem): RouteDraft => ({
  candidates: route.candidates.map(({ modelId, weight }) => ({ modelId, weight: String(weight) })),
  fallbacks: route.fallbacks,
  strategy: route.strategy,
  objective: route.objective,
  lifecycleRule: route.lifecycleRule,
  autoSwitch: route.autoSwitch,
  residency: route.residency?.join(', ') ?? '',
  capture: route.capture,
  heartbeat: route.heartbeatMs === null ? '' : String(route.heartbeatMs / 1_000),
})

function orderOf(draft: RouteDraft): RouteOrder {
  const regions = draft.residency.split(/[\s,]+/).filter((region) => region !== '')
  return {
    candidates: draft.candidates.map(({ modelId, weight }) => ({ modelId, weight: Number(weight) })),
    fallbacks: draft.fallbacks,
    strategy: draft.strategy,
    objective: draft.objective,
    lifecycleRule: draft.lifecycleRule,
    autoSwitch: draft.autoSwitch,
    residency: regions.length === 0 ? null : regions,
    capture: draft.capture,
    heartbeatMs: draft.heartbeat.trim() === '' ? null : Number(draft.heartbeat) * 1_000,
  }
}

export const isWeight = (weight: string): boolean => weight.trim() !== '' && Number(weight) >= 0
export const isHeartbeat = (seconds: string): boolean =>
  /^\s*\d*\s*$/.test(seconds) && (seconds.trim() === '' || Number(seconds) <= 600)

function problemOf({ candidates, heartbeat }: RouteDraft): string | null {
  if (!candidates.every(({ weight }) => isWeight(weight))) return text.weightWrong
  return isHeartbeat(heartbeat) ? null : text.heartbeatWrong
}
