import { PointsmanError, type Principal } from '@pointsman/contract'
import {
  missingKey,
  presentedKey,
  principalOf,
  principalOfKey,
  unknownKey,
  type CompiledSnapshot,
} from '@pointsman/core'
import type { Exchange } from '../exchange.ts'
import type { KeyDigest, SignatureCheck, TokenCheck } from '../ports.ts'

export interface AuthenticationParts {
  readonly digest: KeyDigest
  readonly serviceKeyDigests: readonly string[]
  readonly checkSignature: SignatureCheck | null
  readonly checkToken: TokenCheck | null
  /** Keys made elsewhere may not be in the snapshot: the registry cannot be asked. An unknown key is then no wrong one. */
  readonly mayMissKeys?: () => boolean
}

/** What the request is checked against: pinned for it once. */
interface Pinned {
  readonly snapshot: CompiledSnapshot
  readonly nowMs: number
}

const signature = 'AWS4-HMAC-SHA256 '

/**
 * Key digest → principal in the pinned snapshot; a signature where the request carries one. The digest is computed and
 * looked up for a missing key too, so that a missing, a wrong and a good key take the same time. Only a user's token that
 * was never seen before is waited for. Throws PointsmanError `missing_key`, `invalid_key`, or rejects with it.
 */
export function authenticate(
  exchange: Exchange,
  body: Uint8Array,
  pinned: Pinned,
  parts: AuthenticationParts,
): Principal | Promise<Principal> {
  const signer = signerOf(exchange, body, pinned, parts)
  if (signer !== null) return signer
  const key = presentedKey((name) => exchange.header(name))
  const principal = principalOf(parts.digest(key ?? ''), {
    serviceKeyDigests: parts.serviceKeyDigests,
    keysByDigest: pinned.snapshot.keysByDigest,
    nowMs: pinned.nowMs,
  })
  if (key === null) throw missingKey()
  if (principal !== null) return principal
  const user = parts.checkToken?.(key, pinned.nowMs) ?? null
  return user instanceof Promise ? user.then((found) => known(found, parts)) : known(user, parts)
}

function known(user: Principal | null, parts: AuthenticationParts): Principal {
  if (user !== null) return user
  throw parts.mayMissKeys?.() === true ? keyNotKnownNow() : unknownKey()
}

/** Whose access key signed the request; null = it carries no signature. */
function signerOf(
  exchange: Exchange,
  body: Uint8Array,
  { snapshot, nowMs }: Pinned,
  { checkSignature, mayMissKeys }: AuthenticationParts,
): Principal | null {
  const authorization = exchange.header('authorization')
  if (checkSignature === null || authorization?.startsWith(signature) !== true) return null
  const { method, path, query, rawHeaders } = exchange
  const keyId = checkSignature({ method, path, query, rawHeaders, authorization, body })
  const key = keyId === null ? undefined : snapshot.keysById.get(keyId)
  const principal = key === undefined ? null : principalOfKey(key, nowMs)
  if (principal !== null) return principal
  if (mayMissKeys?.() === true) throw keyNotKnownNow()
  throw new PointsmanError(
    'invalid_key',
    'The request signature was made with an access key that this server does not know. "pointsman keys create --aws" makes a pair.',
  )
}

/** Never 401 because of a registry that is away: the caller would throw away a key that is good. */
const keyNotKnownNow = (): PointsmanError =>
  new PointsmanError(
    'registry_unavailable',
    'This key is not in the last snapshot that this server has of its registry, which does not answer just now. Try again in a moment.',
  )
