import { hash, timingSafeEqual } from 'node:crypto'
import type { SimulatedCredentials } from '../bedrock/authentication.ts'
import type { RequestHead } from '../exchange.ts'
import { GeminiFailure } from './failure.ts'

const SERVICE = { service: 'generativelanguage.googleapis.com' }

/** The API key that a request brings: the header `x-goog-api-key`, else `?key=`; null without one. */
export function readApiKey(head: RequestHead, query: URLSearchParams): string | null {
  const header = head.headers['x-goog-api-key']
  if (typeof header === 'string' && header !== '') return header
  const key = query.get('key')
  return key === '' ? null : key
}

/** Decides whom to let in. Without configured credentials everyone may enter. */
export class GeminiAuthenticator {
  readonly #digests: readonly Buffer[] | null

  constructor(credentials: SimulatedCredentials | undefined) {
    this.#digests = credentials === undefined ? null : (credentials.apiKeys ?? []).map(digest)
  }

  /** Throws the failure that the API would answer with: a wrong key is a 400 here, and no key at all a 403. */
  check(key: string | null, head: RequestHead): void {
    if (this.#digests === null) return
    if (key !== null) {
      const given = digest(key)
      if (!this.#digests.some((known) => timingSafeEqual(known, given))) throw wrongKey()
      return
    }
    if (head.headers.authorization !== undefined) throw wrongToken()
    throw new GeminiFailure(
      'PERMISSION_DENIED',
      "Method doesn't allow unregistered callers (callers without established identity). Please use API Key or other form of API consumer identity to call this API.",
    )
  }
}

function wrongKey(): GeminiFailure {
  const message = 'API key not valid. Please pass a valid API key.'
  return new GeminiFailure('INVALID_ARGUMENT', message, {
    details: [
      {
        '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
        reason: 'API_KEY_INVALID',
        domain: 'googleapis.com',
        metadata: SERVICE,
      },
      { '@type': 'type.googleapis.com/google.rpc.LocalizedMessage', locale: 'en-US', message },
    ],
  })
}

/** Bearer tokens are for Google's own accounts, of which the simulator has none. */
function wrongToken(): GeminiFailure {
  return new GeminiFailure('UNAUTHENTICATED', undefined, {
    details: [
      {
        '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
        reason: 'ACCESS_TOKEN_TYPE_UNSUPPORTED',
        domain: 'googleapis.com',
        metadata: SERVICE,
      },
    ],
  })
}

function digest(key: string): Buffer {
  return Buffer.from(hash('sha256', key), 'hex')
}
