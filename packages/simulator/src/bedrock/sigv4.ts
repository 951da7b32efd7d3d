import { createHash, createHmac, hash, timingSafeEqual } from 'node:crypto'
import type { RequestHead } from '../exchange.ts'
import { BedrockFailure } from './failure.ts'

/** A key pair that the simulator knows. With a session token it stands for temporary credentials. */
export interface SimulatedAccessKey {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

/** The parts of an `Authorization: AWS4-HMAC-SHA256 …` header. */
export interface SignatureClaim {
  readonly accessKeyId: string
  /** `20261121` */
  readonly day: string
  readonly region: string
  readonly service: string
  readonly signedHeaders: readonly string[]
  readonly signature: string
}

const SCHEME = 'AWS4-HMAC-SHA256'
const SKEW_MS = 5 * 60_000
const SIGNING_NAME = 'bedrock'
const MOST_SIGNING_KEYS = 256

/** Reads the header; throws IncompleteSignatureException when parts are missing. */
export function readSignatureClaim(authorization: string): SignatureClaim {
  const values = new Map<string, string>()
  for (const part of authorization.slice(SCHEME.length).split(',')) {
    const equals = part.indexOf('=')
    if (equals !== -1) values.set(part.slice(0, equals).trim(), part.slice(equals + 1).trim())
  }
  const missing = ['Credential', 'Signature', 'SignedHeaders'].filter((name) => !values.get(name))
  if (missing.length > 0) {
    const wanted = missing.map((name) => `Authorization header requires '${name}' parameter.`).join(' ')
    throw new BedrockFailure('IncompleteSignatureException', `${wanted} Authorization=${SCHEME}`)
  }
  const scope = (values.get('Credential') ?? '').split('/')
  const [accessKeyId = '', day = '', region = '', service = '', terminator = ''] = scope
  if (scope.length !== 5 || terminator !== 'aws4_request') {
    throw new BedrockFailure(
      'IncompleteSignatureException',
      "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '" +
        `${accessKeyId}/…'.`,
    )
  }
  const signedHeaders = (values.get('SignedHeaders') ?? '').split(';')
  return { accessKeyId, day, region, service, signedHeaders, signature: values.get('Signature') ?? '' }
}

/** Checks signatures. Keeps derived signing keys, at most 256 of them: a key lives for one day and region. */
export class SignatureVerifier {
  readonly #keys: ReadonlyMap<string, SimulatedAccessKey>
  readonly #signingKeys = new Map<string, Buffer>()
  readonly #now: () => number

  constructor(accessKeys: readonly SimulatedAccessKey[], now: () => number) {
    this.#keys = new Map(accessKeys.map((key) => [key.accessKeyId, key]))
    this.#now = now
  }

  /** Throws the failure that AWS would answer with; returns when the signature holds. */
  verify(claim: SignatureClaim, head: RequestHead, bodySha256: string, service = SIGNING_NAME): void {
    const key = this.#keys.get(claim.accessKeyId)
    const sentToken = head.headers['x-amz-security-token']
    if (key === undefined || (key.sessionToken ?? undefined) !== sentToken) {
      throw new BedrockFailure('UnrecognizedClientException')
    }
    const stamp = String(head.headers['x-amz-date'] ?? '')
    this.#checkScope(claim, stamp, service)
    const declared = head.headers['x-amz-content-sha256']
    const payloadHash = typeof declared === 'string' ? declared : bodySha256
    if (payloadHash !== bodySha256 && payloadHash !== 'UNSIGNED-PAYLOAD') throw mismatch()
    const canonical = canonicalRequest(claim, head, payloadHash)
    const scope = `${claim.day}/${claim.region}/${claim.service}/aws4_request`
    const text = `${SCHEME}\n${stamp}\n${scope}\n${hash('sha256', canonical)}`
    const expected = createHmac('sha256', this.#signingKey(key, claim)).update(text).digest()
    const given = Buffer.from(claim.signature, 'hex')
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) throw mismatch()
  }

  #checkScope(claim: SignatureClaim, stamp: string, service: string): void {
    const signedAt = parseStamp(stamp)
    if (signedAt === null) throw invalid("Date must be in ISO-8601 'basic format'. Got '…'. See ISO 8601.")
    if (claim.service !== service)
      throw invalid(`Credential should be scoped to correct service: '${service}'.`)
    if (!stamp.startsWith(claim.day)) {
      throw invalid(
        `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${claim.day}' != '${stamp.slice(0, 8)}'.`,
      )
    }
    if (!claim.signedHeaders.includes('host') && !claim.signedHeaders.includes(':authority')) {
      throw invalid("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")
    }
    const now = this.#now()
    if (signedAt < now - SKEW_MS) {
      throw invalid(
        `Signature expired: ${stamp} is now earlier than ${toStamp(now - SKEW_MS)} (${toStamp(now)} - 5 min.)`,
      )
    }
    if (signedAt > now + SKEW_MS) {
      throw invalid(
        `Signature not yet current: ${stamp} is still later than ${toStamp(now + SKEW_MS)} (${toStamp(now)} + 5 min.)`,
      )
    }
  }

  #signingKey(key: SimulatedAccessKey, claim: SignatureClaim): Buffer {
    const name = `${key.accessKeyId}/${claim.day}/${claim.region}/${claim.service}`
    const known = this.#signingKeys.get(name)
    if (known !== undefined) return known
    let derived = Buffer.from(`AWS4${key.secretAccessKey}`, 'utf8')
    for (const part of [claim.day, claim.region, claim.service, 'aws4_request']) {
      derived = createHmac('sha256', derived).update(part).digest()
    }
    if (this.#signingKeys.size >= MOST_SIGNING_KEYS) this.#signingKeys.clear()
    this.#signingKeys.set(name, derived)
    return derived
  }
}

/** The SHA-256 of a body, in hexadecimal. */
export function sha256Hex(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function canonicalRequest(claim: SignatureClaim, head: RequestHead, payloadHash: string): string {
  const questionMark = head.target.indexOf('?')
  const path = questionMark === -1 ? head.target : head.target.slice(0, questionMark)
  const query = questionMark === -1 ? '' : head.target.slice(questionMark + 1)
  const headers = claim.signedHeaders.map((name) => `${name}:${headerValue(name, head)}\n`).join('')
  return [
    head.method,
    canonicalPath(path),
    canonicalQuery(query),
    headers,
    claim.signedHeaders.join(';'),
    payloadHash,
  ].join('\n')
}

/** All values of a header, trimmed, inner spaces joined; `host` and `:authority` are one thing in two protocols. */
function headerValue(name: string, head: RequestHead): string {
  const values: string[] = []
  for (let position = 0; position + 1 < head.rawHeaders.length; position += 2) {
    if (head.rawHeaders[position]?.toLowerCase() === name) values.push(head.rawHeaders[position + 1] ?? '')
  }
  if (values.length === 0 && name === 'host') values.push(String(head.headers[':authority'] ?? ''))
  if (values.length === 0 && name === ':authority') values.push(head.headers.host ?? '')
  return values.map((value) => value.trim().replaceAll(/\s+/g, ' ')).join(',')
}

/** The path as sent, normalised and encoded once more: all services but S3 sign it so. */
function canonicalPath(path: string): string {
  const segments: string[] = []
  for (const segment of path.split('/')) {
    if (segment === '' || segment === '.') continue
    if (segment === '..') segments.pop()
    else segments.push(encoded(segment))
  }
  const trailing = segments.length > 0 && path.endsWith('/') ? '/' : ''
  return `/${segments.join('/')}${trailing}`
}

function canonicalQuery(query: string): string {
  if (query === '') return ''
  return query
    .split('&')
    .map((pair) => {
      const equals = pair.indexOf('=')
      const name = equals === -1 ? pair : pair.slice(0, equals)
      return `${reencoded(name)}=${equals === -1 ? '' : reencoded(pair.slice(equals + 1))}`
    })
    .toSorted()
    .join('&')
}

function reencoded(text: string): string {
  try {
    return encoded(decodeURIComponent(text))
  } catch (error) {
    if (error instanceof URIError) throw mismatch()
    throw error
  }
}

/** RFC 3986: all but unreserved characters. */
function encoded(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

/** `20261121T093000Z` → milliseconds; null for anything else. */
function parseStamp(stamp: string): number | null {
  const match = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/.exec(stamp)
  if (match === null) return null
  const [, year, month, day, hour, minute, second] = match
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  return Number.isNaN(time) ? null : time
}

function toStamp(time: number): string {
  return new Date(time).toISOString().replaceAll(/[-:]|\.\d{3}/g, '')
}

function invalid(message: string): BedrockFailure {
  return new BedrockFailure('InvalidSignatureException', message)
}

function mismatch(): BedrockFailure {
  return invalid(
    'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
  )
}
