import type { Actor, Principal } from '@pointsman/contract'

/** Who made a change, as the chain of records names them. */
export const actorOf = (principal: Principal): Actor => ({ kind: principal.kind, id: principal.id })
