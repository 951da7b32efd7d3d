import type { LifecycleStatus, ModelId } from '@pointsman/contract'
import { lifecycleStatusAt, type CompiledModel, type CompiledSnapshot } from '@pointsman/core'

export interface RouteAtRisk {
  /** `use-case/clinical`. */
  readonly route: string
  /** `target` serves it now; the others only might. */
  readonly as: 'target' | 'candidate' | 'fallback'
}

/** A model that ended or ends soon, and what hangs on it. */
export interface EndingModel {
  readonly modelId: ModelId
  readonly name: string
  readonly status: LifecycleStatus
  readonly endsOn: string | null
  /** Negative = past its end; null = no date is known. */
  readonly daysLeft: number | null
  readonly replacement: ModelId | null
  readonly routes: readonly RouteAtRisk[]
}

const dayMs = 86_400_000

/** Models that ended or end within `days`, and legacy ones without a date; those that serve a route first, then the earliest. */
export function lifecycleReport(
  snapshot: CompiledSnapshot,
  days: number,
  nowMs: number,
): readonly EndingModel[] {
  const rows = [...snapshot.models.values()]
    .filter((model) => model.enabled && endsWithin(model, days, nowMs))
    .map((model) => ({
      modelId: model.id,
      name: model.name,
      status: lifecycleStatusAt(model, nowMs),
      endsOn: model.lifecycle.endsOn,
      daysLeft: model.endsAtMs === null ? null : Math.ceil((model.endsAtMs - nowMs) / dayMs),
      replacement: model.lifecycle.replacement,
      routes: routesWith(snapshot, model.id),
    }))
  return rows.sort((a, b) => weight(b) - weight(a) || (a.daysLeft ?? Infinity) - (b.daysLeft ?? Infinity))
}

function endsWithin(model: CompiledModel, days: number, nowMs: number): boolean {
  if (model.endsAtMs !== null) return model.endsAtMs - nowMs <= days * dayMs
  const status = lifecycleStatusAt(model, nowMs)
  return status !== 'active' && status !== 'preview'
}

const weight = ({ routes }: EndingModel): number =>
  routes.some((route) => route.as === 'target') ? 2 : routes.length > 0 ? 1 : 0

/** What hangs on a model. */
export const routesWith = (snapshot: CompiledSnapshot, id: ModelId): readonly RouteAtRisk[] =>
  [...snapshot.routes.values()].flatMap(({ key, target, candidates, fallbacks }): readonly RouteAtRisk[] => {
    if (target === id) return [{ route: key, as: 'target' }]
    if (fallbacks?.includes(id)) return [{ route: key, as: 'fallback' }]
    return candidates.some(({ modelId }) => modelId === id) ? [{ route: key, as: 'candidate' }] : []
  })
