import { PointsmanError, type Principal } from '@pointsman/contract'
import { isTokenShaped, principalOfClaims } from '@pointsman/core'
import { rememberNewest } from '@pointsman/gateway'
import { decodeProtectedHeader, errors, jwtVerify, type JWTPayload, type JWTVerifyOptions } from 'jose'
import { checksTokens, type TokenSettings } from '../settings.ts'
import { nodeDigests } from './digests.ts'
import type { Log } from './log.ts'
import { fetchTokenKeys, TokenKeys, type TokenKeysParts } from './token-keys.ts'

export interface SupabaseTokens {
  /** Who a signed-in user's token proves; null = it is none of ours. At once where it was checked before. */
  check(token: string, nowMs: number): Principal | null | Promise<Principal | null>
}

export interface SupabaseTokensParts {
  readonly settings: TokenSettings
  readonly log: Log
  readonly fetchText?: TokenKeysParts['fetchText']
}

interface Checked {
  readonly principal: Principal
  readonly endsAtMs: number
  readonly generation: number
}

/** Each algorithm has one kind of key here, so no public key is ever taken for a secret; `none` is in no list. */
const secretAlgorithms = ['HS256']
const publicAlgorithms = ['RS256', 'ES256', 'EdDSA']
const leewaySeconds = 5
const maxChecked = 10_000

/** Null where neither a secret nor a URL of keys is set: users' tokens are then unknown keys like any other. */
export function createSupabaseTokens(parts: SupabaseTokensParts): SupabaseTokens | null {
  return checksTokens(parts.settings) ? new Tokens(parts) : null
}

/**
 * Checks signatures, dates, issuer and audience; remembers what it checked by the SHA-256 of the whole token, until the
 * token ends or the keys change. Bound: 10,000 tokens, the one used longest ago goes first.
 */
class Tokens implements SupabaseTokens {
  readonly #log: Log
  readonly #secret: Uint8Array | null
  readonly #keys: TokenKeys | null
  readonly #options: JWTVerifyOptions
  readonly #checked = new Map<string, Checked>()

  constructor({ settings, log, fetchText = fetchTokenKeys }: SupabaseTokensParts) {
    const { audience, issuer, jwksUrl, secret } = settings
    this.#log = log
    this.#secret = secret === null ? null : new TextEncoder().encode(secret)
    this.#keys = jwksUrl === null ? null : new TokenKeys({ url: jwksUrl, log, fetchText })
    this.#options = {
      clockTolerance: leewaySeconds,
      // One that never ends could never be taken back.
      requiredClaims: ['exp'],
      ...(issuer === null ? {} : { issuer }),
      ...(audience === null ? {} : { audience }),
    }
  }

  check(token: string, nowMs: number): Principal | null | Promise<Principal | null> {
    if (!isTokenShaped(token)) return null
    const hash = nodeDigests.sha256Hex(token)
    const freshening = this.#keys?.freshen(nowMs) ?? null
    if (freshening === null) return this.#known(hash, nowMs) ?? this.#verify(token, hash, nowMs)
    return freshening.then(() => this.#known(hash, nowMs) ?? this.#verify(token, hash, nowMs))
  }

  #known(hash: string, nowMs: number): Principal | null {
    const checked = this.#checked.get(hash)
    if (checked === undefined) return null
    this.#checked.delete(hash)
    if (checked.endsAtMs <= nowMs || checked.generation !== this.#generation) return null
    this.#checked.set(hash, checked)
    return checked.principal
  }

  get #generation(): number {
    return this.#keys?.generation ?? 0
  }

  async #verify(token: string, hash: string, nowMs: number): Promise<Principal | null> {
    try {
      const generation = this.#generation
      const payload = await this.#payload(token, nowMs)
      const principal = payload === null ? null : principalOfClaims(payload)
      if (principal === null || payload?.exp === undefined) return null
      const endsAtMs = (payload.exp + leewaySeconds) * 1_000
      rememberNewest(this.#checked, [hash, { principal, endsAtMs, generation }], maxChecked)
      return principal
    } catch (error) {
      if (error instanceof PointsmanError) throw error
      // A token that is not right is a wrong key. Anything else is a key of ours that cannot be used.
      if (!(error instanceof errors.JOSEError)) this.#log('warn', 'token_not_checked', { error })
      return null
    }
  }

  async #payload(token: string, nowMs: number): Promise<JWTPayload | null> {
    const algorithm = algorithmOf(token)
    const options = { ...this.#options, currentDate: new Date(nowMs) }
    if (this.#secret !== null && algorithm === 'HS256') {
      const verified = await jwtVerify(token, this.#secret, { ...options, algorithms: secretAlgorithms })
      return verified.payload
    }
    const keys = this.#keys
    if (keys === null || !publicAlgorithms.includes(algorithm)) return null
    if (!keys.loaded) throw keysAway()
    const verify = () => this.#verifyByPublicKey(token, keys, { ...options, algorithms: publicAlgorithms })
    try {
      return await verify()
    } catch (error) {
      const asking = error instanceof errors.JWKSNoMatchingKey ? keys.missing(nowMs) : null
      if (asking === null) throw error
      await asking
      return verify()
    }
  }

  /** A token without a key's id may fit several keys of the set: each is tried. */
  async #verifyByPublicKey(token: string, keys: TokenKeys, options: JWTVerifyOptions): Promise<JWTPayload> {
    try {
      return (await jwtVerify(token, keys.find, options)).payload
    } catch (error) {
      if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error
      let last: unknown = error
      for await (const key of error) {
        try {
          return (await jwtVerify(token, key, options)).payload
        } catch (wrongKey) {
          last = wrongKey
        }
      }
      throw last
    }
  }
}

/** Not 401: the token may be good. */
const keysAway = (): PointsmanError =>
  new PointsmanError(
    'not_ready',
    'Signed-in users cannot be told yet: the keys at SUPABASE_JWKS_URL could not be had. Try again shortly.',
    { retryAfterMs: 5_000 },
  )

/** The algorithm that a token names; empty for a head that cannot be read. */
function algorithmOf(token: string): string {
  try {
    return decodeProtectedHeader(token).alg ?? ''
  } catch (error) {
    if (error instanceof TypeError) return ''
    throw error
  }
}
