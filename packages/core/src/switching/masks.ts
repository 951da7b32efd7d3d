import type { SwitchScope } from '@pointsman/contract'
import type { CompiledSnapshot } from '../compile/compiled-snapshot.ts'

/** Enough to see what they are; with thousands of agents nobody reads them all. */
const mostNamed = 100

export interface Masks {
  /** Keys of the first of them, in the order of the keys. */
  readonly routes: readonly string[]
  /** How many there are beside those. */
  readonly more: number
}

/**
 * The routes that keep a model of their own although the scope contains them: a global switch does not
 * reach use cases and agents that have one. Narrower scopes contain no other route; conversations that keep
 * their first model are pins, which no snapshot holds.
 */
export function masks(snapshot: CompiledSnapshot, scope: SwitchScope): Masks {
  const routes: string[] = []
  let more = 0
  if (scope.kind !== 'global') return { routes, more }
  for (const { inheritsTarget, key, kind } of snapshot.routes.values()) {
    if (kind === 'default' || inheritsTarget) continue
    if (routes.length < mostNamed) routes.push(key)
    else more += 1
  }
  return { routes, more }
}
