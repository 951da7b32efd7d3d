import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose'
import type { Log } from './log.ts'
import { readBounded } from './read-bounded.ts'

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

/** After a clock was set back nobody knows how old something is; called young, it would be for as long as the clock was set. */
const ageOf = (atMs: number, nowMs: number): number =>
  nowMs < atMs ? Number.POSITIVE_INFINITY : nowMs - atMs

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
    const age = ageOf(this.#answeredAtMs, nowMs)
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
    if (ageOf(this.#askedAtMs, nowMs) < pauseMs) return null
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
        // oxlint-disable-next-line no-restricted-properties -- jose checks the set's form itself, and throws
        this.#find = createLocalJWKSet(JSON.parse(text) as JSONWebKeySet)
        this.#text = text
        this.#generation += 1
        log('info', 'token_keys_loaded', { address: shownAddress(url) })
      }
      this.#answeredAtMs = nowMs
      this.#failing = false
    } catch (error) {
      // Said once: a URL that is away for an hour would otherwise fill the log.
      if (!this.#failing) log('warn', 'token_keys_away', { address: shownAddress(url), error })
      this.#failing = true
    }
  }
}

const answerWithinMs = 3_000
const maxBytes = 262_144

/** A URL as it may stand in a log: what is before the host and after the path may be a credential. */
function shownAddress(url: string): string {
  const { host, pathname, protocol } = new URL(url)
  return `${protocol}//${host}${pathname}`
}

/** `fetch` takes no URL with a user in it, and would tell the whole of it in its error. */
function plainRequest(url: string): { readonly address: URL; readonly headers: Record<string, string> } {
  const address = new URL(url)
  const { password, username } = address
  address.username = ''
  address.password = ''
  const named = username !== '' || password !== ''
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return {
    address,
    headers: {
      accept: 'application/json',
      ...(named ? { authorization: `Basic ${Buffer.from(pair).toString('base64')}` } : {}),
    },
  }
}

/** The document at a URL of the operator's. Redirects are not followed: keys come from where the operator said. */
export async function fetchTokenKeys(url: string): Promise<string> {
  const { address, headers } = plainRequest(url)
  const shown = shownAddress(url)
  const response = await fetch(address, {
    redirect: 'error',
    signal: AbortSignal.timeout(answerWithinMs),
    headers,
  })
  if (!response.ok) {
    await response.body?.cancel()
    throw new Error(`${shown} answered ${response.status}`)
  }
  return readBounded(response, shown, maxBytes)
}
