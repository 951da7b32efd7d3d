import type { Credential, Digests } from '@pointsman/contract'
import { bearerToken, needHeaderText } from '../secret-token.ts'
import { strictlyEncoded, type Address } from './address.ts'

/** The HMAC chain's third link, kept because it is the dearest part of a signature (performance.md 3.1: 52 → 12 µs). */
export interface SigningKeys {
  find(accessKeyId: string, date: string, region: string): SigningKey | undefined
  keep(accessKeyId: string, date: string, region: string, key: SigningKey): void
}
export interface SigningKey {
  /** A corrected secret under the same access key id must not be answered with the key of the wrong one. */
  readonly secretAccessKey: string
  readonly bytes: Uint8Array
}

const maxSigningKeys = 64

/**
 * The holder of signing keys: one a provider, bounded to 64; the oldest makes room. A list, since there are few of them, and the
 * key of a map would be a text that is put together for each request.
 */
export function createSigningKeys(): SigningKeys {
  const kept: (SigningKey & { accessKeyId: string; date: string; region: string })[] = []
  const placeOf = (accessKeyId: string, date: string, region: string): number =>
    kept.findIndex((one) => one.date === date && one.region === region && one.accessKeyId === accessKeyId)
  return {
    find: (accessKeyId, date, region) => kept[placeOf(accessKeyId, date, region)],
    keep(accessKeyId, date, region, key) {
      const at = placeOf(accessKeyId, date, region)
      if (at !== -1) kept.splice(at, 1)
      else if (kept.length >= maxSigningKeys) kept.shift()
      kept.push({ ...key, accessKeyId, date, region })
    },
  }
}

export interface AuthenticateInput {
  readonly method: 'POST' | 'GET'
  readonly credential: Credential
  readonly address: Address
  readonly region: string
  readonly body: Uint8Array
  readonly accept: string
  readonly nowMs: number
}

// AWS's name for it in signatures is `bedrock`, not `bedrock-runtime` (bedrock.md 1.1).
const service = 'bedrock'
const algorithm = 'AWS4-HMAC-SHA256'

/** The whole request's headers, flat. Throws `provider_auth` when a credential cannot stand in a header. */
export function authenticate(
  input: AuthenticateInput,
  digests: Digests,
  keys: SigningKeys,
): readonly string[] {
  const { credential, address, accept } = input
  const headers = ['host', address.host, 'content-type', 'application/json', 'accept', accept]
  if (credential.kind !== 'aws') {
    headers.push('authorization', bearerToken(credential, 'AWS_BEARER_TOKEN_BEDROCK'))
    return headers
  }
  const { accessKeyId, sessionToken } = credential
  needHeaderText(accessKeyId, 'AWS_ACCESS_KEY_ID')
  if (sessionToken !== null) needHeaderText(sessionToken, 'AWS_SESSION_TOKEN')
  const dateTime = amzDateTime(input.nowMs)
  headers.push('x-amz-date', dateTime)
  if (sessionToken !== null) headers.push('x-amz-security-token', sessionToken)
  headers.push('authorization', signature(input, { credential, dateTime }, digests, keys))
  return headers
}

interface Signing {
  readonly credential: Credential & { readonly kind: 'aws' }
  readonly dateTime: string
}

function signature(
  { method, address, region, body }: AuthenticateInput,
  { credential, dateTime }: Signing,
  digests: Digests,
  keys: SigningKeys,
): string {
  const { accessKeyId, secretAccessKey, sessionToken } = credential
  const date = dateTime.slice(0, 8)
  const tokenLine = sessionToken === null ? '' : `x-amz-security-token:${sessionToken}\n`
  const signedHeaders =
    sessionToken === null
      ? 'content-type;host;x-amz-date'
      : 'content-type;host;x-amz-date;x-amz-security-token'
  const mark = address.path.indexOf('?')
  const path = mark === -1 ? address.path : address.path.slice(0, mark)
  const query = mark === -1 ? '' : address.path.slice(mark + 1)
  const canonical =
    `${method}\n${canonicalPath(path)}\n${query}\n` +
    `content-type:application/json\nhost:${address.host}\nx-amz-date:${dateTime}\n${tokenLine}\n` +
    `${signedHeaders}\n${digests.sha256Hex(body)}`
  const scope = `${date}/${region}/${service}/aws4_request`
  const text = `${algorithm}\n${dateTime}\n${scope}\n${digests.sha256Hex(canonical)}`
  let key = keys.find(accessKeyId, date, region)
  if (key === undefined || key.secretAccessKey !== secretAccessKey) {
    const hmac = (secret: Uint8Array | string, data: string) => digests.hmacSha256(secret, data)
    const bytes = hmac(hmac(hmac(hmac(`AWS4${secretAccessKey}`, date), region), service), 'aws4_request')
    key = { secretAccessKey, bytes }
    keys.keep(accessKeyId, date, region, key)
  }
  const signed = digests.hmacSha256Hex(key.bytes, text)
  return `${algorithm} Credential=${accessKeyId}/${scope}, SignedHeaders=${signedHeaders}, Signature=${signed}`
}

// A holder: paths as they are signed, so that one is not escaped anew for each request (1 µs). Bounded by `mostPaths`: there
// is one for each model and operation.
const signedPaths = new Map<string, string>()
const mostPaths = 256

/** Escaped a second time: every AWS service but S3 signs the escaped path once more escaped (bedrock.md 1.8). */
function canonicalPath(path: string): string {
  const known = signedPaths.get(path)
  if (known !== undefined) return known
  const escaped = path.split('/').map(strictlyEncoded).join('/')
  if (signedPaths.size < mostPaths) signedPaths.set(path, escaped)
  return escaped
}

// A holder of one text: it is made once a second.
let dateTimeText = ''
let dateTimeSecond = -1

/** `20261121T093000Z` */
function amzDateTime(nowMs: number): string {
  const second = Math.floor(nowMs / 1_000)
  if (second !== dateTimeSecond) {
    dateTimeSecond = second
    dateTimeText = new Date(nowMs).toISOString().replace(/[-:]|\.\d{3}/g, '')
  }
  return dateTimeText
}
