import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose'
import type { Log } from './log.ts'

export interface TokenKeysParts {
  readonly url: string
  readonly log: Log
  /** The document at the URL; rejects where it cannot be had. */
  readonly fetchText: (url: string) => Promise<string>
}

/** A set this old is asked for anew beside the checking … */
const refreshAfterMs = 25_000
/** … and before it from here on: with the answer's own time-out a key that was taken away ends within a minute. */
const staleAfterMs = 50_000
/** Between two questions, whatever callers send: a stranger's invented key ids must not become our traffic. */
const pauseMs = 5_000

/**
 * The public keys that sign users' tokens, from a URL. The last good set stays while the URL does not answer. Bound: one
 * set and one question under way.
 */
export class TokenKeys {
  readonly #parts: TokenKeysParts
  #text = ''
  #find: JWTVerifyGetKey | null = null
  #generation = 0
  #askedAtMs = Number.NEGATIVE_INFINITY
  #answeredAtMs = Number.NEGATIVE_INFINITY
  #failing = false
  #asking: Promise<void> | null = null

  constructor(parts: TokenKeysParts) {
    this.#parts = parts
  }

  /** Rises with every change of the keys: what was checked under another one counts no more. */
  get generation(): number {
    return this.#generation
  }

  /** Whether there is any set to check by. */
  get loaded(): boolean {
    return this.#find !== null
  }

  /** Null = the set is fresh enough; else what to wait for before a token is checked. Never rejects. */
  freshen(nowMs: number): Promise<void> | null {
    const age = nowMs - this.#answeredAtMs
    if (age < refreshAfterMs) return null
    const asking = this.#ask(nowMs)
    // A URL that is away is not waited for again and again: the last good set serves, and the asking goes on beside it.
    return age < staleAfterMs || (this.#failing && this.#find !== null) ? null : asking
  }

  /** The key for a token's header. Throws jose's errors. */
  readonly find: JWTVerifyGetKey = async (header, token) => {
    if (this.#find === null) throw new errors.JWKSNoMatchingKey('there is no set of keys yet')
    return this.#find(header, token)
  }

  /** A token named a key that the set lacks: it may be a new one. Null = it was asked for just now. */
  missing(nowMs: number): Promise<void> | null {
    return this.#ask(nowMs)
  }

  #ask(nowMs: number): Promise<void> | null {
    if (this.#asking !== null) return this.#asking
    if (nowMs - this.#askedAtMs < pauseMs) return null
    this.#askedAtMs = nowMs
    this.#asking = this.#load(nowMs).finally(() => {
      this.#asking = null
    })
    return this.#asking
  }

  async #load(nowMs: number): Promise<void> {
    const { fetchText, log, url } = this.#parts
    try {
      const text = await fetchText(url)
      if (text !== this.#text) {
        // eslint-disable-next-line no-restricted-syntax -- jose checks the set's form itself, and throws
        this.#find = createLocalJWKSet(JSON.parse(text) as JSONWebKeySet)
        this.#text = text
        this.#generation += 1
        log('info', 'token_keys_loaded', { url })
      }
      this.#answeredAtMs = nowMs
      this.#failing = false
    } catch (error) {
      // Said once: a URL that is away for an hour would otherwise fill the log.
      if (!this.#failing) log('warn', 'token_keys_away', { url, error })
      this.#failing = true
    }
  }
}

const answerWithinMs = 3_000
const maxCharacters = 262_144

/** The document at a URL of the operator's. Redirects are not followed: keys come from where the operator said. */
export async function fetchTokenKeys(url: string): Promise<string> {
  const response = await fetch(url, {
    redirect: 'error',
    signal: AbortSignal.timeout(answerWithinMs),
    headers: { accept: 'application/json' },
  })
  if (!response.ok) throw new Error(`${url} answered ${response.status}`)
  const text = await response.text()
  if (text.length > maxCharacters) throw new Error(`${url} answered more than ${maxCharacters} characters`)
  return text
}
