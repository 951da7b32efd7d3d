import { providerId, type Provider } from '@pointsman/contract'
import { bedrockAddress } from './address.ts'
import { authenticate, createSigningKeys } from './authenticate.ts'
import { readFailure, readStreamError } from './failures.ts'

const accept = {
  chat: 'application/json',
  'chat-stream': 'application/vnd.amazon.eventstream',
  embed: 'application/json',
  'count-tokens': 'application/json',
} as const

/** Amazon Bedrock Runtime through Converse and ConverseStream; each one made holds its own signing keys. */
export function createBedrock(): Provider {
  const keys = createSigningKeys()
  return {
    id: providerId('bedrock'),
    dialects: [{ name: 'bedrock-converse', operations: ['chat', 'chat-stream'], formats: null }],
    credentialHint:
      'AWS_BEARER_TOKEN_BEDROCK, or AWS_ACCESS_KEY_ID with AWS_SECRET_ACCESS_KEY (or another source of the AWS credential chain)',
    buildRequest(input, digests) {
      const { operation, credential, region, body, nowMs, callerHeaders } = input
      const address = bedrockAddress(input)
      const headers = authenticate(
        { credential, address, region, body, accept: accept[operation], nowMs },
        digests,
        keys,
      )
      const { origin, path } = address
      return { origin, method: 'POST', path, headers: [...headers, ...callerHeaders], body }
    },
    readFailure,
    readStreamError,
    upstreamRequestId: (head) => head.headers['x-amzn-requestid'] ?? null,
  }
}
