import { toPointsmanError, type Digests, type Key, type Principal } from '@pointsman/contract'
import {
  digestKey,
  isTokenShaped,
  keyNotKnownNow,
  missingKey,
  presentedKey,
  principalOf,
  requireScope,
  unknownKey,
} from '@pointsman/core'
import type { TokenVerifier } from '../ports.ts'
import { routeScopes, type Operation } from './route-scopes.ts'

export interface AuthenticationParts {
  readonly digests: Digests
  readonly pepper: Uint8Array
  /** Hex digests of the service key (two while it is exchanged). */
  readonly serviceKeyDigests: readonly string[]
  readonly tokenVerifier: TokenVerifier | null
  readonly nowMs: () => number
  /** By digest, as published: an unknown key then costs no query, however often it is tried. */
  readonly keysByDigest: () => ReadonlyMap<string, Key>
  /** Keys made elsewhere may not be among them: the registry cannot be asked. An unknown key is then no wrong one. */
  readonly mayMissKeys: () => boolean
}

/** Who asks, by what a request's headers carry. Throws PointsmanError where nobody that is known does. */
export type Authenticate = (headers: Headers) => Promise<Principal>

/** What a request is told by who sent it. */
export interface Entrance {
  readonly authenticate: Authenticate
  /** As `authenticate`, where it was known once: what is known no more has ended, whether or not the registry answers. */
  readonly recognise: Authenticate
}

/** By a key, or by a signed-in user's token. */
export const keyEntrance = (parts: AuthenticationParts): Entrance => ({
  authenticate: (headers) => authenticate(headers, parts),
  recognise: (headers) => authenticate(headers, { ...parts, mayMissKeys: () => false }),
})

/**
 * Who asks. The digest is computed and looked up for a missing key too, so that missing, wrong and good ones take the
 * same time. Throws PointsmanError `missing_key`, `invalid_key`, `registry_unavailable`.
 */
export async function authenticate(headers: Headers, parts: AuthenticationParts): Promise<Principal> {
  const key = presentedKey((name) => headers.get(name))
  const nowMs = parts.nowMs()
  const principal = principalOf(digestKey(parts.digests, parts.pepper, key ?? ''), {
    serviceKeyDigests: parts.serviceKeyDigests,
    keysByDigest: parts.keysByDigest(),
    nowMs,
  })
  if (key === null) throw missingKey()
  if (principal !== null) return principal
  const user = (await parts.tokenVerifier?.verify(key, nowMs)) ?? null
  if (user !== null) return user
  const isWrong = parts.tokenVerifier !== null && isTokenShaped(key)
  throw !isWrong && parts.mayMissKeys() ? keyNotKnownNow() : unknownKey()
}

/**
 * Whether what a request was sent with still opens the operation, for answers that outlast the request: a key may be revoked,
 * a token ends. What cannot be told just now counts as good. Never rejects.
 */
export async function stillOpens(
  headers: Headers,
  operation: Operation,
  { recognise }: Entrance,
): Promise<boolean> {
  try {
    authorize(await recognise(headers), operation)
    return true
  } catch (thrown) {
    const { status } = toPointsmanError(thrown)
    return status !== 401 && status !== 403
  }
}

/** Refuses with 403 unless the principal has one of the scopes that open the operation. */
export function authorize(principal: Principal, operation: Operation): void {
  requireScope(principal, routeScopes[operation], operation)
}
