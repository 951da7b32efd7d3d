import { PointsmanError } from '@pointsman/contract'
import type { AwsIdentity } from '@pointsman/engine'
import { SignatureV4 } from '@smithy/signature-v4'
import { Sha256 } from '../serve/aws-sha256.ts'

const host = 'bedrock.amazonaws.com'
const prefix = 'bedrock-api-key-'
/** AWS takes no longer one. */
const longestHours = 12

export interface BedrockTokenOrder {
  readonly hours: number
  /** The token is good there and nowhere else. */
  readonly region: string
}

export interface BedrockToken {
  readonly token: string
  /** The earlier of its own end and that of the session that signed it. */
  readonly expiresAtMs: number
}

/**
 * A short-term API key of Amazon Bedrock, as AWS's own generator makes it: a request for `CallWithBearerToken` that is signed
 * ahead, in Base64. Nothing is asked of AWS for it. Throws PointsmanError `credentials_missing`, `invalid_request`.
 */
export async function makeBedrockToken(
  { hours, region }: BedrockTokenOrder,
  chain: () => Promise<AwsIdentity>,
  nowMs: number,
): Promise<BedrockToken> {
  if (!(hours > 0 && hours <= longestHours))
    throw new PointsmanError('invalid_request', `A token lasts up to ${longestHours} hours, not ${hours}.`)
  const identity = await chain().catch((cause: unknown) => {
    throw new PointsmanError(
      'credentials_missing',
      'No AWS credential was found on this machine to sign a token with. Sign in (aws sso login), or set AWS_PROFILE, or AWS_ACCESS_KEY_ID with AWS_SECRET_ACCESS_KEY.',
      { cause },
    )
  })
  const expiresIn = Math.round(hours * 3_600)
  const { accessKeyId, expiration, secretAccessKey, sessionToken } = identity
  const credentials = {
    accessKeyId,
    secretAccessKey,
    ...(sessionToken === undefined ? {} : { sessionToken }),
  }
  const signer = new SignatureV4({ service: 'bedrock', region, credentials, sha256: Sha256 })
  const { query = {} } = await signer.presign(
    {
      ...{ method: 'POST', protocol: 'https:', hostname: host, path: '/', headers: { host } },
      query: { Action: 'CallWithBearerToken' },
    },
    { expiresIn, signingDate: new Date(nowMs) },
  )
  const url = `${host}/?${written(query)}&Version=1`
  return {
    token: prefix + Buffer.from(url).toString('base64'),
    expiresAtMs: Math.min(nowMs + expiresIn * 1_000, expiration?.getTime() ?? Infinity),
  }
}

/** In the order of their names, and escaped as AWS's signer escapes them. */
const written = (query: { readonly [name: string]: unknown }): string =>
  Object.keys(query)
    .sort()
    .map((name) => `${escaped(name)}=${escaped(String(query[name]))}`)
    .join('&')

const escaped = (text: string): string =>
  encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
