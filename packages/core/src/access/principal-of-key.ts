import { defaultWorkspace, type Key, type Principal } from '@pointsman/contract'

/** What a digest is looked up in. */
export interface KnownKeys {
  /** Hex digests of the service key (two while it is exchanged). */
  readonly serviceKeyDigests: readonly string[]
  /** As published: an unknown key then costs no query, however often it is tried. */
  readonly keysByDigest: ReadonlyMap<string, Key>
  readonly nowMs: number
}

/** Who asks with the service key: all scopes, no limits. */
export const servicePrincipal: Principal = {
  kind: 'service',
  id: 'service',
  workspace: defaultWorkspace,
  scopes: ['invoke', 'read', 'switch', 'admin'],
  routes: null,
  models: null,
  userId: null,
}

/**
 * Key digest → who asks; null = not known, revoked or expired. Both look-ups are always made, so that the service key, a
 * known and an unknown one take the same time; the digest is a keyed hash of the whole key, so a look-up's timing tells
 * nothing about a key's characters. For a missing key callers hand in the digest of the empty text.
 */
export function principalOf(digest: string, known: KnownKeys): Principal | null {
  const isService = known.serviceKeyDigests.includes(digest)
  const key = known.keysByDigest.get(digest)
  if (isService) return servicePrincipal
  return key === undefined ? null : principalOfKey(key, known.nowMs)
}

/** Who asks with this key; null = it has expired. */
export function principalOfKey(key: Key, nowMs: number): Principal | null {
  if (key.expiresAtMs !== null && key.expiresAtMs <= nowMs) return null
  return {
    kind: 'key',
    id: key.id,
    workspace: key.workspace,
    scopes: key.scopes,
    routes: key.routes,
    models: key.models,
    spendLimited: key.spendPerDayNanoUsd !== null || key.spendPerMonthNanoUsd !== undefined,
    userId: null,
  }
}
