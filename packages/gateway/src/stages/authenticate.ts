import { inOnePiece, PointsmanError, type Principal } from '@pointsman/contract'
import {
  isTokenShaped,
  keyNotKnownNow,
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
  /** Of the key that a ticket stands for while its time is not over; null = it is no such ticket. Absent = there are none. */
  readonly ticketDigest?: (presented: string) => string | null
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
const noBody = new Uint8Array()

/**
 * What the head of a request proves, so that a stranger cannot make us hold 25 MB: null = it carries a signature of a key of
 * ours that may be right, which only its body tells. Throws and rejects as `authenticate`.
 */
export function authenticateHead(
  exchange: Exchange,
  pinned: Pinned,
  parts: AuthenticationParts,
): Principal | null | Promise<Principal> {
  return signerOf(exchange, null, pinned, parts) === null
    ? authenticate(exchange, noBody, pinned, parts)
    : null
}

/**
 * Key digest → principal in the pinned snapshot; a signature where the request carries one. The digest is computed and
 * looked up for a missing key too, so that a missing, a wrong and a good key take the same time on a connection that has not
 * sent it before. Only a user's token that was never seen before is waited for. Throws PointsmanError `missing_key`, `invalid_key`, or rejects with it.
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
  const principal = principalOf(digestOf(exchange, key ?? '', parts), {
    serviceKeyDigests: parts.serviceKeyDigests,
    keysByDigest: pinned.snapshot.keysByDigest,
    nowMs: pinned.nowMs,
  })
  if (key === null) throw missingKey()
  if (principal !== null) return principal
  const user = parts.checkToken?.(key, pinned.nowMs) ?? null
  return user instanceof Promise ? user.then((found) => known(key, found, parts)) : known(key, user, parts)
}

/** Longer ones are no keys of ours. */
const longestRemembered = 256

/**
 * Who asks again on a connection presents the same key: its digest is made once a connection, where it took 1.4 µs of each
 * request. The connection compares it with what its own client sent, so that the time tells nobody anything new.
 */
function digestOf({ memory }: Exchange, presented: string, parts: AuthenticationParts): string {
  const ofTicket = parts.ticketDigest?.(presented) ?? null
  if (ofTicket !== null) return ofTicket
  if (memory?.key != null && memory.key.presented === presented) return memory.key.digest
  const digest = parts.digest(presented)
  if (memory !== undefined && presented.length <= longestRemembered)
    memory.key = { presented: inOnePiece(presented), digest }
  return digest
}

function known(key: string, user: Principal | null, parts: AuthenticationParts): Principal {
  if (user !== null) return user
  // Of a token no registry has to be asked.
  const isWrong = parts.checkToken !== null && isTokenShaped(key)
  throw !isWrong && parts.mayMissKeys?.() === true ? keyNotKnownNow() : unknownKey()
}

/** Whose access key signed the request; null = it carries no signature. */
function signerOf(
  exchange: Exchange,
  body: Uint8Array | null,
  { snapshot, nowMs }: Pinned,
  { checkSignature, mayMissKeys }: AuthenticationParts,
): Principal | null {
  const authorization = exchange.header('authorization')
  if (checkSignature === null || authorization?.startsWith(signature) !== true) return null
  const { method, path, query, rawHeaders } = exchange
  const keyId = checkSignature({ method, path, query, rawHeaders, authorization, body })
  if (keyId === null) throw wrongSignature(nowMs)
  const key = snapshot.keysById.get(keyId)
  const principal = key === undefined ? null : principalOfKey(key, nowMs)
  if (principal !== null) return principal
  // A signature that is right was made with a secret of ours: the pair is one that this snapshot lacks.
  if (mayMissKeys?.() === true) throw keyNotKnownNow()
  throw new PointsmanError(
    'invalid_key',
    'The request signature was made with an access key that this server does not know. "pointsman keys create --aws" makes a pair.',
  )
}

/**
 * By this name AWS's clients compare their clock with our `date`. It is told before anybody looks whether there is such a
 * key, so that a stranger learns of none.
 */
const wrongSignature = (nowMs: number): PointsmanError =>
  new PointsmanError(
    'invalid_key',
    `The request signature is not right: it was made with another secret than that of the pair ("pointsman keys create --aws" makes one), by a clock that is more than five minutes off (here it is ${new Date(nowMs).toISOString()}), or what it signs was changed under way.`,
    { vendorName: 'InvalidSignatureException' },
  )
