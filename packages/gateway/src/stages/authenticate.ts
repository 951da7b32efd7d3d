import { defaultWorkspace, PointsmanError, type KeyScope, type Principal } from '@pointsman/contract'
import type { CompiledSnapshot } from '@pointsman/core'
import type { Exchange } from '../exchange.ts'
import type { KeyDigest, SignatureCheck, TokenCheck } from '../ports.ts'

export interface AuthenticationParts {
  readonly digest: KeyDigest
  readonly serviceKeyDigests: readonly string[]
  readonly checkSignature: SignatureCheck | null
  readonly checkToken: TokenCheck | null
}

const service: Principal = {
  kind: 'service',
  id: 'service',
  workspace: defaultWorkspace,
  scopes: ['invoke', 'read', 'switch', 'admin'],
  routes: null,
  models: null,
  userId: null,
}

const howToSend =
  'Send the key as "Authorization: Bearer <key>" (x-api-key, api-key and x-goog-api-key are read too). "pointsman keys create" makes one.'

/** The key as it was presented, wherever a client's SDK puts it; null = none. */
export function presentedKey(exchange: Exchange): string | null {
  const authorization = exchange.header('authorization')
  if (authorization !== undefined) {
    const space = authorization.indexOf(' ')
    if (space > 0 && authorization.slice(0, space).toLowerCase() === 'bearer') {
      const key = authorization.slice(space + 1).trim()
      if (key !== '') return key
    }
  }
  return (
    exchange.header('x-api-key') ?? exchange.header('api-key') ?? exchange.header('x-goog-api-key') ?? null
  )
}

function byKeyId(snapshot: CompiledSnapshot, id: string, nowMs: number): Principal | null {
  const key = snapshot.keysById.get(id)
  return key === undefined ? null : principalOf(snapshot, key.digest, nowMs)
}

function principalOf(snapshot: CompiledSnapshot, digest: string, nowMs: number): Principal | null {
  const key = snapshot.keysByDigest.get(digest)
  if (key === undefined) return null
  if (key.expiresAtMs !== null && key.expiresAtMs <= nowMs) return null
  return {
    kind: 'key',
    id: key.id,
    workspace: key.workspace,
    scopes: key.scopes,
    routes: key.routes,
    models: key.models,
    userId: null,
  }
}

/**
 * Key digest → principal in the pinned snapshot. The digest is computed and looked up for a missing key too, so
 * that a missing, a wrong and a good key take the same time; the maps are keyed by a keyed hash of the whole key, so a
 * look-up's timing tells nothing about a key's characters.
 */
export function authenticate(
  exchange: Exchange,
  body: Uint8Array,
  pinned: { readonly snapshot: CompiledSnapshot; readonly nowMs: number },
  parts: AuthenticationParts,
): Principal {
  const authorization = exchange.header('authorization')
  if (parts.checkSignature !== null && authorization?.startsWith('AWS4-HMAC-SHA256 ') === true) {
    const keyId = parts.checkSignature({ ...signedParts(exchange), authorization, body })
    const principal = keyId === null ? null : byKeyId(pinned.snapshot, keyId, pinned.nowMs)
    if (principal !== null) return principal
    throw new PointsmanError(
      'invalid_key',
      'The request signature was made with an access key that this server does not know. "pointsman keys create --aws" makes a pair.',
    )
  }
  const key = presentedKey(exchange)
  const digest = parts.digest(key ?? '')
  const isService = parts.serviceKeyDigests.includes(digest)
  const principal = principalOf(pinned.snapshot, digest, pinned.nowMs)
  if (key === null) throw new PointsmanError('missing_key', `This request carries no key. ${howToSend}`)
  if (isService) return service
  if (principal !== null) return principal
  const user = parts.checkToken?.(key) ?? null
  if (user !== null) return user
  throw new PointsmanError(
    'invalid_key',
    `This key is not known here, was revoked or has expired. ${howToSend}`,
  )
}

const signedParts = (exchange: Exchange) => ({
  method: exchange.method,
  path: exchange.path,
  query: exchange.query,
  rawHeaders: exchange.rawHeaders,
})

/** Refuses with 403 unless the principal has one of the scopes. */
export function requireScope(principal: Principal, scopes: readonly KeyScope[]): void {
  if (scopes.some((scope) => principal.scopes.includes(scope))) return
  throw new PointsmanError(
    'forbidden',
    `This key lacks the scope ${scopes.map((scope) => `"${scope}"`).join(' or ')}. An administrator can make one that has it: "pointsman keys create".`,
  )
}
