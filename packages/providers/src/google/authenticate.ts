import type { Credential, Operation } from '@pointsman/contract'
import { secretToken } from '../secret-token.ts'

export const keyVariable = 'GEMINI_API_KEY'

export interface AuthenticateInput {
  readonly credential: Credential
  readonly host: string
  readonly operation: Operation
}

/**
 * The whole request's headers, flat. The key stands in a header, never in the address, where logs would keep it. Throws
 * `provider_auth` when the credential is of another kind or cannot stand in a header.
 */
export function authenticate({ credential, host, operation }: AuthenticateInput): readonly string[] {
  const accept = operation === 'chat-stream' ? 'text/event-stream' : 'application/json'
  const key = secretToken(credential, keyVariable)
  return ['host', host, 'content-type', 'application/json', 'accept', accept, 'x-goog-api-key', key]
}
