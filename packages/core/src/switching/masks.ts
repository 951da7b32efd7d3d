import type { SwitchScope } from '@pointsman/contract'
import type { CompiledSnapshot } from '../compile/compiled-snapshot.ts'

/**
 * Keys of the routes that keep a model of their own although the scope contains them: a global switch does not
 * reach use cases and agents that have one. Narrower scopes contain no other route; conversations that keep
 * their first model are pins, which no snapshot holds.
 */
export function masks(snapshot: CompiledSnapshot, scope: SwitchScope): readonly string[] {
  if (scope.kind !== 'global') return []
  return [...snapshot.routes.values()]
    .filter((route) => route.kind !== 'default' && !route.inheritsTarget)
    .map((route) => route.key)
}
