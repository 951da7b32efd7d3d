import type { Credential, Operation } from '@pointsman/contract'
import { bearerToken, secretToken } from '../secret-token.ts'

export type KeyHeader = 'authorization' | 'api-key'

export interface AuthenticateInput {
  readonly credential: Credential
  readonly keyHeader: KeyHeader
  /** Where an operator sets the key, for messages. */
  readonly variable: string
  /** The server may be called without any key. */
  readonly keyIsOptional: boolean
  readonly host: string
  readonly operation: Operation
}

/** The whole request's headers, flat. Throws `provider_auth` when the credential is of another kind or cannot stand in a header. */
export function authenticate(input: AuthenticateInput): readonly string[] {
  const { credential, keyHeader, variable, host, operation } = input
  const accept = operation === 'chat-stream' ? 'text/event-stream' : 'application/json'
  const headers = ['host', host, 'content-type', 'application/json', 'accept', accept]
  if (credential.kind === 'none' && input.keyIsOptional) return headers
  const tokenOf = keyHeader === 'authorization' ? bearerToken : secretToken
  headers.push(keyHeader, tokenOf(credential, variable))
  return headers
}
