import type { Digests } from '@pointsman/contract'

/** A request as it was signed. */
export interface SignedRequest {
  readonly method: string
  /** As received: the SDKs sign the encoded path, encoded once more (bedrock.md 1.8). */
  readonly path: string
  readonly query: string
  readonly rawHeaders: readonly string[]
  readonly authorization: string
  /** Null = not read yet: what its head alone proves. */
  readonly body: Uint8Array | null
}

export interface SignatureParts {
  readonly digests: Digests
  /** The secret of an access key id; null = no such pair here. */
  secretOf(accessKeyId: string): string | null
  readonly nowMs: number
}

/** AWS refuses older and younger ones too. */
const allowedSkewMs = 5 * 60_000

interface Claims {
  readonly accessKeyId: string
  readonly day: string
  readonly scope: string
  readonly signedHeaders: readonly string[]
  readonly signature: string
}

/** Under `bedrock-mantle` sign the clients of OpenAI and Anthropic for Bedrock's newer endpoint (openai-go 3.99, 2026-11). */
const pattern =
  /^AWS4-HMAC-SHA256 Credential=([^/,\s]{1,128})\/((\d{8})\/[a-z0-9-]{1,32}\/bedrock(?:-mantle)?\/aws4_request), ?SignedHeaders=([a-z0-9;:_-]{1,1024}), ?Signature=([0-9a-f]{64})$/

function claimsOf(authorization: string): Claims | null {
  const match = pattern.exec(authorization)
  const [, accessKeyId, scope, day, signedHeaders, signature] = match ?? []
  if (
    accessKeyId === undefined ||
    scope === undefined ||
    day === undefined ||
    signedHeaders === undefined ||
    signature === undefined
  )
    return null
  return { accessKeyId, day, scope, signedHeaders: signedHeaders.split(';'), signature }
}

const hex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')

/**
 * All values of a header as SigV4 joins them. HTTP/2 clients sign `:authority`, which is the host; behind a proxy that hands
 * their requests on by HTTP/1.1 it comes as `Host`.
 */
function headerValue(rawHeaders: readonly string[], name: string): string | null {
  const value = ownValue(rawHeaders, name)
  if (value !== null) return value
  if (name === 'host') return ownValue(rawHeaders, ':authority')
  return name === ':authority' ? ownValue(rawHeaders, 'host') : null
}

function ownValue(rawHeaders: readonly string[], name: string): string | null {
  const values: string[] = []
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    if (rawHeaders[index]?.toLowerCase() === name)
      values.push((rawHeaders[index + 1] ?? '').trim().replace(/ +/g, ' '))
  }
  return values.length > 0 ? values.join(',') : null
}

/** SigV4 encodes what encodeURIComponent leaves: ! ' ( ) * */
const encodeAgain = (text: string): string =>
  encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )

const canonicalQuery = (query: string): string =>
  query === ''
    ? ''
    : query
        .split('&')
        .map((pair) => (pair.includes('=') ? pair : `${pair}=`))
        .sort()
        .join('&')

function instantOf(amzDate: string): number {
  const match = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/.exec(amzDate)
  if (match === null) return Number.NaN
  const [, year, month, day, hour, minute, second] = match.map(Number)
  return Date.UTC(year ?? 0, (month ?? 1) - 1, day, hour, minute, second)
}

/** Compares without stopping at the first difference, so that timing tells nothing of how much of a forged signature was right. */
function equalText(a: string, b: string): boolean {
  let difference = a.length ^ b.length
  for (let index = 0; index < a.length && index < b.length; index++)
    difference |= a.charCodeAt(index) ^ b.charCodeAt(index)
  return difference === 0
}

/**
 * The access key id that signed the request, or null: unknown id, wrong signature, body changed, or signed too long ago. The
 * canonical form is built from the SignedHeaders that the client names, since each SDK signs a list of its own. Without the
 * body it is the id that is named, unless the head shows already that the signature cannot be right: newer SDKs tell the
 * body's hash in a header, so that the whole signature can be checked; older ones do not, and their names and dates are.
 */
export function checkAwsSignature(request: SignedRequest, parts: SignatureParts): string | null {
  const claims = claimsOf(request.authorization)
  const amzDate = headerValue(request.rawHeaders, 'x-amz-date')
  if (claims === null || amzDate === null || !amzDate.startsWith(claims.day)) return null
  // Without the host a signature could be replayed against another server that knows the pair.
  if (!claims.signedHeaders.includes('host') && !claims.signedHeaders.includes(':authority')) return null
  const age = Math.abs(parts.nowMs - instantOf(amzDate))
  const secret = parts.secretOf(claims.accessKeyId)
  if (secret === null || !(age <= allowedSkewMs)) return null
  const { digests } = parts
  const told = headerValue(request.rawHeaders, 'x-amz-content-sha256')
  const bodyHash = request.body === null ? told : digests.sha256Hex(request.body)
  if (bodyHash === null) return claims.accessKeyId
  if (told !== null && told !== bodyHash) return null
  const headers = claims.signedHeaders
    .map((name) => `${name}:${headerValue(request.rawHeaders, name) ?? ''}\n`)
    .join('')
  const path = request.path.split('/').map(encodeAgain).join('/')
  const canonical = [
    request.method,
    path,
    canonicalQuery(request.query),
    headers,
    claims.signedHeaders.join(';'),
    bodyHash,
  ].join('\n')
  const toSign = ['AWS4-HMAC-SHA256', amzDate, claims.scope, digests.sha256Hex(canonical)].join('\n')
  const key = claims.scope
    .split('/')
    .reduce<Uint8Array | string>((previous, step) => digests.hmacSha256(previous, step), `AWS4${secret}`)
  return equalText(hex(digests.hmacSha256(key, toSign)), claims.signature) ? claims.accessKeyId : null
}
