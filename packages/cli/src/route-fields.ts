import type { RouteItem } from '@pointsman/sdk'
import { instant } from './format.ts'

/** A use case or an agent, line by line. */
export function routeFields(
  kind: 'Use case' | 'Agent',
  route: RouteItem,
): readonly (readonly [string, string])[] {
  const weight = (share: number): string => (route.strategy === 'weighted' ? ` (weight ${share})` : '')
  return [
    [kind, route.name],
    ['Called as', route.key],
    ['Served by', `${route.serves}${route.inherits ? ' (inherited from the default)' : ''}`],
    ['Provider', route.llm_provider ?? 'not known'],
    ...route.candidates.map(
      (candidate, place) =>
        [`Candidate ${place + 1}`, `${candidate.modelId}${weight(candidate.weight)}`] as const,
    ),
    ['Strategy', route.strategy],
    ['Fallbacks', listed(route.fallbacks, 'by the rules of the family', 'none')],
    ['Residency', listed(route.residency, 'no rule', 'nowhere')],
    ['Past their end', route.lifecycleRule === 'warn' ? 'serve with a warning' : 'are refused'],
    ['Auto-switch', `${route.autoSwitch}, objective ${route.objective}`],
    ['Text is kept', route.capture ? 'yes' : 'no'],
    ['Heartbeats', heartbeats(route.heartbeatMs)],
    ...(route.drill === null
      ? []
      : [['Drill', `${route.drill.id}, until ${instant(route.drill.endsAt)} UTC`] as const]),
    ['Changed', `in revision ${route.revision}`],
  ]
}

const heartbeats = (intervalMs: number | null): string =>
  intervalMs === null ? 'as the default' : intervalMs === 0 ? 'none' : `after ${intervalMs} ms of silence`

const listed = (list: readonly string[] | null, unset: string, empty: string): string =>
  list === null ? unset : list.length === 0 ? empty : list.join(', ')
