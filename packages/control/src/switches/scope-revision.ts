import type { SwitchScope } from '@pointsman/contract'
import { findRoute, latestSwitchOf, revisionOfPins, type Queryable } from '@pointsman/registry'

/**
 * What the ETag of a scope is: its route's revision; a user's or a conversation's, that of its last switch, of whichever
 * use case, or of the switch of a route that moved the conversation since (0 before one).
 */
export async function scopeRevision(database: Queryable, scope: SwitchScope): Promise<number> {
  if (scope.kind === 'conversation' || scope.kind === 'user') {
    const own = (await latestSwitchOf(database, scope))?.record.revision?.number ?? 0
    return scope.kind === 'user' ? own : Math.max(own, await revisionOfPins(database, scope))
  }
  const name = scope.kind === 'global' ? ({ kind: 'default', name: 'default' } as const) : scope
  return (await findRoute(database, name))?.revision ?? 0
}
