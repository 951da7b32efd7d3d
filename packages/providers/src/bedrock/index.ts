import { providerId, wholeBody, type Provider, type ProviderDialect } from '@pointsman/contract'
import { withCallers } from '../with-callers.ts'
import { bedrockAddress, bedrockListAddress } from './address.ts'
import { authenticate, createSigningKeys } from './authenticate.ts'
import { readFailure, readStreamError } from './failures.ts'
import { bearerTokenEndsAtMs } from './quirk-bearer-token.ts'
import { readRefusal } from './quirk-refusals.ts'

const noBody = new Uint8Array()

const accept = {
  chat: 'application/json',
  'chat-stream': 'application/vnd.amazon.eventstream',
  embed: 'application/json',
  'count-tokens': 'application/json',
} as const

const chats = ['chat', 'chat-stream'] as const

/** Converse first: it serves every face but those of the native bodies, which go to InvokeModel as they came. */
const dialects: readonly ProviderDialect[] = [
  { name: 'bedrock-converse', operations: chats, formats: null },
  // Bedrock counts for Claude alone (AWS Bedrock user guide: count tokens, 2026-11).
  { name: 'bedrock-converse', operations: ['count-tokens'], formats: ['claude'] },
  { name: 'bedrock-invoke-claude', operations: chats, formats: ['claude'] },
  { name: 'bedrock-invoke-nova', operations: chats, formats: ['nova'] },
  // Converse makes no vectors: the models' own bodies are the only way to them.
  { name: 'bedrock-invoke-titan', operations: ['embed'], formats: ['titan'] },
  { name: 'bedrock-invoke-cohere', operations: ['embed'], formats: ['cohere'] },
]

/** Amazon Bedrock Runtime through Converse and InvokeModel, streaming and not; each one made holds its own signing keys. */
export function createBedrock(): Provider {
  const keys = createSigningKeys()
  return {
    id: providerId('bedrock'),
    dialects,
    credentialHint:
      'AWS_BEARER_TOKEN_BEDROCK, or AWS_ACCESS_KEY_ID with AWS_SECRET_ACCESS_KEY (or another source of the AWS credential chain)',
    keyEndsAtMs: bearerTokenEndsAtMs,
    buildRequest(input, digests) {
      const { operation, credential, region, nowMs, callerHeaders } = input
      const body = wholeBody(input.body)
      const address = bedrockAddress(input)
      const headers = authenticate(
        { method: 'POST', credential, address, region, body, accept: accept[operation], nowMs },
        digests,
        keys,
      )
      const { origin, path } = address
      return { origin, method: 'POST', path, headers: withCallers(headers, callerHeaders), body }
    },
    buildListRequest({ credential, nowMs, ...asked }, digests) {
      const address = bedrockListAddress(asked)
      const { region } = asked
      const { origin, path } = address
      const signed = { method: 'GET', credential, address, region, body: noBody, nowMs } as const
      const headers = authenticate({ ...signed, accept: 'application/json' }, digests, keys)
      return { origin, method: 'GET', path, headers, body: noBody }
    },
    readFailure,
    readRefusal,
    readStreamError,
    upstreamRequestId: (head) => head.headers['x-amzn-requestid'] ?? null,
  }
}
