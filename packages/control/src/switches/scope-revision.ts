import type { SwitchScope } from '@pointsman/contract'
import { findRoute, latestSwitchOf, type Queryable } from '@pointsman/registry'

/** What the ETag of a scope is: its route's revision; a user's or a conversation's, that of its last switch, of whichever use case (0 before one). */
export async function scopeRevision(database: Queryable, scope: SwitchScope): Promise<number> {
  if (scope.kind === 'conversation' || scope.kind === 'user') {
    return (await latestSwitchOf(database, scope))?.record.revision?.number ?? 0
  }
  const name = scope.kind === 'global' ? ({ kind: 'default', name: 'default' } as const) : scope
  return (await findRoute(database, name))?.revision ?? 0
}
