import {
  defaultWorkspace,
  PointsmanError,
  type Digests,
  type Key,
  type KeyScope,
  type Principal,
} from '@pointsman/contract'
import type { TokenVerifier } from '../ports.ts'
import { digestKey } from './digest-key.ts'
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
  'Send the key as "Authorization: Bearer <key>"; x-api-key, api-key and x-goog-api-key are read too.'

/**
 * Who asks. The digest is computed and looked up for a missing key too, so that missing, wrong and good ones take the
 * same time; maps are keyed by a keyed hash of the whole key, so a look-up's timing tells nothing about its characters.
 * Throws PointsmanError `missing_key`, `invalid_key`.
 */
export async function authenticate(headers: Headers, parts: AuthenticationParts): Promise<Principal> {
  const presented = presentedKey(headers)
  const digest = digestKey(parts.digests, parts.pepper, presented ?? '')
  const isService = parts.serviceKeyDigests.includes(digest)
  const key = parts.keysByDigest().get(digest)
  if (presented === null) {
    throw new PointsmanError('missing_key', `This request carries no key. ${howToSend}`)
  }
  if (isService) return service
  if (key !== undefined && (key.expiresAtMs === null || key.expiresAtMs > parts.nowMs()))
    return principalOf(key)
  const user = (await parts.tokenVerifier?.verify(presented, parts.nowMs())) ?? null
  if (user !== null) return user
  throw new PointsmanError(
    'invalid_key',
    `This key is not known here, was revoked or has expired. ${howToSend}`,
  )
}

/** Refuses with 403 unless the principal has one of the scopes that open the operation. */
export function authorize(principal: Principal, operation: Operation): void {
  const scopes: readonly KeyScope[] = routeScopes[operation]
  if (scopes.some((scope) => principal.scopes.includes(scope))) return
  const wanted = scopes.map((scope) => `"${scope}"`).join(' or ')
  throw new PointsmanError(
    'forbidden',
    `This key lacks the scope ${wanted}, which ${operation} needs. An administrator can make one that has it: "pointsman keys create".`,
  )
}

function presentedKey(headers: Headers): string | null {
  const bearer = /^bearer\s+(\S.*)$/i.exec(headers.get('authorization')?.trim() ?? '')?.[1]?.trim()
  const presented =
    bearer ?? headers.get('x-api-key') ?? headers.get('api-key') ?? headers.get('x-goog-api-key') ?? ''
  return presented === '' ? null : presented
}

const principalOf = (key: Key): Principal => ({
  kind: 'key',
  id: key.id,
  workspace: key.workspace,
  scopes: key.scopes,
  routes: key.routes,
  models: key.models,
  userId: null,
})
