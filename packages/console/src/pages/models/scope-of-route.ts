import type { ScopeNames } from '@pointsman/sdk'

/** What a switch names, of a route as it is called: `use-case/clinical`, `agent/sql_agent`, `default`. */
export function scopeOfRoute(route: string): ScopeNames {
  const [kind, ...rest] = route.split('/')
  const name = rest.join('/')
  if (kind === 'use-case') return { useCase: name }
  if (kind === 'agent') return { agent: name }
  return {}
}
