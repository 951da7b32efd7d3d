import type { Credential, Operation } from '@pointsman/contract'
import { secretToken } from '../secret-token.ts'

export const credentialHint = 'ANTHROPIC_API_KEY'

/** What the dialect here is written for; a caller's own version comes with its own bytes. */
const version = '2023-06-01'

export interface AuthenticateInput {
  readonly credential: Credential
  readonly host: string
  readonly operation: Operation
  /** Flat, lower-case names. */
  readonly callerHeaders: readonly string[]
}

/** The whole request's headers, flat. Throws `provider_auth` when the credential is of another kind or cannot stand in a header. */
export function authenticate({
  credential,
  host,
  operation,
  callerHeaders,
}: AuthenticateInput): readonly string[] {
  const accept = operation === 'chat-stream' ? 'text/event-stream' : 'application/json'
  const hasVersion = callerHeaders.some((name, index) => index % 2 === 0 && name === 'anthropic-version')
  return [
    'host',
    host,
    'content-type',
    'application/json',
    'accept',
    accept,
    'x-api-key',
    secretToken(credential, credentialHint),
    ...(hasVersion ? [] : ['anthropic-version', version]),
    ...callerHeaders,
  ]
}
