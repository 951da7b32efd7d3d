import { hash, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { SimulatedCredentials } from '../bedrock/authentication.ts'
import { OpenaiFailure } from './failure.ts'

/** The key of `Authorization: Bearer`, else of `api-key`, which hosts in Azure's style take; null without one. */
export function readKey(headers: IncomingHttpHeaders): string | null {
  const bearer = /^bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1]
  const key = bearer ?? headers['api-key']
  return typeof key === 'string' && key !== '' ? key : null
}

/** Decides whom to let in. Without configured credentials everyone may enter. */
export class OpenaiAuthenticator {
  readonly #digests: readonly Buffer[] | null

  constructor(credentials: SimulatedCredentials | undefined) {
    this.#digests = credentials === undefined ? null : (credentials.apiKeys ?? []).map(digest)
  }

  check(key: string | null): void {
    if (this.#digests === null) return
    if (key === null) {
      throw new OpenaiFailure(
        'invalid_request_error',
        "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY).",
        { status: 401 },
      )
    }
    const given = digest(key)
    if (this.#digests.some((known) => timingSafeEqual(known, given))) return
    throw new OpenaiFailure(
      'invalid_request_error',
      `Incorrect API key provided: ${shown(key)}. You can find your API key at https://platform.openai.com/account/api-keys.`,
      { status: 401, code: 'invalid_api_key' },
    )
  }
}

const shown = (key: string): string => (key.length < 12 ? '****' : `${key.slice(0, 4)}****${key.slice(-4)}`)

const digest = (key: string): Buffer => Buffer.from(hash('sha256', key), 'hex')
