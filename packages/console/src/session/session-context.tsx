import type { KeyScope } from '@pointsman/contract'
import type { Client } from '@pointsman/sdk'
import { createContext, use } from 'react'
import { fill } from '../text/fill.ts'
import { shared } from '../text/shared.ts'
import type { Session } from './session.ts'

export interface SignedIn {
  readonly session: Session
  readonly client: Client
  readonly signOut: () => void
  /** Goes on under another key, on the page that is open. */
  readonly renew: (key: string) => Promise<void>
}

export const SessionContext = createContext<SignedIn | null>(null)

function useSignedIn(): SignedIn {
  const signedIn = use(SessionContext)
  if (signedIn === null) throw new Error('shown only to somebody who is signed in')
  return signedIn
}

export const useSession = (): Session => useSignedIn().session
/** The control API, as whoever is signed in. */
export const useClient = (): Client => useSignedIn().client
export const useSignOut = (): (() => void) => useSignedIn().signOut
export const useRenew = (): SignedIn['renew'] => useSignedIn().renew

/** Why whoever is signed in may not do what takes this scope; null = they may. For `Button`'s `refusedBecause`. */
export function useRefusal(scope: KeyScope): string | null {
  const { kind, scopes } = useSession()
  if (scopes.includes(scope)) return null
  return fill(kind === 'user' ? shared.personNeedsScope : shared.needsScope, {
    scope,
    has: scopes.join(', ') || shared.none,
  })
}
