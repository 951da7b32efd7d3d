import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { LedgerAuthorization } from '../ledger.ts'
import { AnthropicFailure, invalid } from './failure.ts'

/** What a request says of who it is, read but not believed yet. */
export interface AnthropicIdentity {
  readonly authorization: LedgerAuthorization
  readonly key: string | null
  /** By which header the key came; its refusal names it. */
  readonly header: 'x-api-key' | 'authorization'
}

/** Reads `x-api-key`, else `Authorization: Bearer`: SDKs up to 0.x send the one, from 1.0 on the other. */
export function readAnthropicIdentity(headers: IncomingHttpHeaders): AnthropicIdentity {
  const apiKey = headers['x-api-key']
  if (typeof apiKey === 'string' && apiKey !== '') {
    return { authorization: { kind: 'apiKey', keyId: null }, key: apiKey, header: 'x-api-key' }
  }
  const bearer = /^bearer +(\S.*)$/i.exec(headers.authorization ?? '')?.[1] ?? null
  if (bearer !== null) {
    return { authorization: { kind: 'bearer', keyId: null }, key: bearer.trim(), header: 'authorization' }
  }
  const kind = headers.authorization === undefined ? 'none' : 'other'
  return { authorization: { kind, keyId: null }, key: null, header: 'x-api-key' }
}

/** Decides whom to let in. Without configured keys everyone may enter, requests without a key too. */
export class AnthropicAuthenticator {
  readonly #digests: readonly Buffer[] | null

  constructor(keys: readonly string[] | undefined) {
    this.#digests = keys === undefined ? null : keys.map(digest)
  }

  /** Throws the failure that the vendor would answer with. */
  check(identity: AnthropicIdentity): void {
    if (this.#digests === null) return
    if (identity.key === null) {
      throw new AnthropicFailure('authentication_error', 'x-api-key header is required')
    }
    const given = digest(identity.key)
    if (this.#digests.some((known) => timingSafeEqual(known, given))) return
    throw new AnthropicFailure(
      'authentication_error',
      identity.header === 'x-api-key' ? 'invalid x-api-key' : 'Invalid bearer token',
    )
  }
}

function digest(key: string): Buffer {
  return createHash('sha256').update(key).digest()
}

const STRICT_VERSION = '2026-10-21'
const VERSIONS = ['2023-01-01', '2023-06-01', STRICT_VERSION]

/** What a request's headers say beside who sent it. */
export interface AnthropicVersion {
  /** The rules of 2026-10-21: no sampling parameters, no documents of the assistant, no citations of the user. */
  readonly strict: boolean
  readonly betas: readonly string[]
}

/** Reads `anthropic-version`, which must be there, and `anthropic-beta`. */
export function readVersion(headers: IncomingHttpHeaders): AnthropicVersion {
  const version = headers['anthropic-version']
  if (version === undefined || version === '') throw invalid('anthropic-version: header is required')
  if (typeof version !== 'string' || !VERSIONS.includes(version)) {
    throw invalid(`anthropic-version: "${String(version).slice(0, 60)}" is not a valid version`)
  }
  const betas = String(headers['anthropic-beta'] ?? '')
  return {
    strict: version === STRICT_VERSION,
    betas: betas
      .split(',')
      .map((beta) => beta.trim())
      .filter((beta) => beta !== ''),
  }
}
