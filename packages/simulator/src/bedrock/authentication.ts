import { timingSafeEqual } from 'node:crypto'
import type { RequestHead } from '../exchange.ts'
import type { LedgerAuthorization } from '../ledger.ts'
import { BedrockFailure } from './failure.ts'
import { readSignatureClaim, sha256Hex, SignatureVerifier } from './sigv4.ts'
import type { SignatureClaim, SimulatedAccessKey } from './sigv4.ts'

/** Whom the simulator lets in. */
export interface SimulatedCredentials {
  readonly accessKeys?: readonly SimulatedAccessKey[]
  /** Bedrock API keys, as in `AWS_BEARER_TOKEN_BEDROCK`. */
  readonly bearerTokens?: readonly string[]
  /** Keys of the vendors that take a bare one in a header of their own. */
  readonly apiKeys?: readonly string[]
}

/** What a request says of who it is, read but not believed yet. */
export interface Identity {
  readonly authorization: LedgerAuthorization
  /** From the signature's scope; null without one. */
  readonly region: string | null
  readonly claim: SignatureClaim | null
  readonly bearerToken: string | null
}

/** Reads the Authorization header; throws IncompleteSignatureException for half a signature. */
export function readIdentity(head: RequestHead): Identity {
  const header = head.headers.authorization ?? ''
  if (header.startsWith('AWS4-HMAC-SHA256')) {
    const claim = readSignatureClaim(header)
    const authorization: LedgerAuthorization = { kind: 'sigv4', keyId: claim.accessKeyId }
    return { authorization, region: claim.region, claim, bearerToken: null }
  }
  if (/^bearer /i.test(header)) {
    const authorization: LedgerAuthorization = { kind: 'bearer', keyId: null }
    return { authorization, region: null, claim: null, bearerToken: header.slice('bearer '.length).trim() }
  }
  const authorization: LedgerAuthorization = { kind: header === '' ? 'none' : 'other', keyId: null }
  return { authorization, region: null, claim: null, bearerToken: null }
}

/** Decides whom to let in. Without configured credentials everyone may enter, unsigned requests too. */
export class Authenticator {
  readonly #verifier: SignatureVerifier | null
  readonly #tokenDigests: readonly Buffer[]

  constructor(credentials: SimulatedCredentials | undefined, now: () => number) {
    this.#verifier =
      credentials === undefined ? null : new SignatureVerifier(credentials.accessKeys ?? [], now)
    this.#tokenDigests = (credentials?.bearerTokens ?? []).map(digest)
  }

  /** Throws the failure that AWS would answer with. */
  check(identity: Identity, head: RequestHead, bodySha256: string, service?: string): void {
    if (this.#verifier === null) return
    if (identity.claim !== null) this.#verifier.verify(identity.claim, head, bodySha256, service)
    else if (identity.bearerToken !== null) this.#checkToken(identity.bearerToken)
    else throw new BedrockFailure('MissingAuthenticationTokenException', 'Missing Authentication Token')
  }

  #checkToken(token: string): void {
    const given = digest(token)
    if (this.#tokenDigests.some((known) => timingSafeEqual(known, given))) return
    throw new BedrockFailure(
      'AccessDeniedException',
      'Authentication failed: Please make sure your API Key is valid.',
    )
  }
}

function digest(token: string): Buffer {
  return Buffer.from(sha256Hex(Buffer.from(token, 'utf8')), 'hex')
}
