import { defaultWorkspace, userId, type Principal } from '@pointsman/contract'
import { servicePrincipal } from './principal-of-key.ts'

/** What a Supabase token says of its bearer. Its signature and its dates are checked before this is asked. */
export interface TokenClaims {
  readonly role?: unknown
  readonly sub?: unknown
}

/** Longer subjects are refused: they stand in every record of the user's requests. */
const maxSubjectCharacters = 256

/**
 * Who asks with a Supabase token: `service_role` is the service key itself, `authenticated` a signed-in user, and any
 * other role somebody who is known and may do nothing. Null = a signed-in user without a subject: the token names nobody.
 */
export function principalOfClaims({ role, sub }: TokenClaims): Principal | null {
  if (role === 'service_role') return servicePrincipal
  if (role !== 'authenticated')
    return { ...nobody, id: typeof role === 'string' ? role.slice(0, 64) : 'anon' }
  if (typeof sub !== 'string' || sub === '' || sub.length > maxSubjectCharacters) return null
  return { ...nobody, id: sub, scopes: ['self'], userId: userId(sub) }
}

const nobody: Omit<Principal, 'id'> = {
  kind: 'user',
  workspace: defaultWorkspace,
  scopes: [],
  routes: null,
  models: null,
  userId: null,
}
