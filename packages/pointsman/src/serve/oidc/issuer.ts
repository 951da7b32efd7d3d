import * as oauth from 'oauth4webapi'
import { systemClock } from '../clock.ts'
import type { IssuerFetch } from './issuer-fetch.ts'

/** Endpoints and keys of an issuer move seldom, and not without both being good for a while. */
const freshForMs = 3_600_000

/** What an issuer says of itself, asked for when it is needed first and once an hour then. A holder of mutable state: that one document. */
export class Issuer {
  readonly #url: URL
  readonly #options: IssuerOptions
  #known: { readonly metadata: oauth.AuthorizationServer; readonly untilMs: number } | null = null
  #asking: Promise<oauth.AuthorizationServer> | null = null

  constructor(url: string, fetch: IssuerFetch) {
    this.#url = new URL(url)
    this.#options = issuerOptions(fetch)
  }

  get options(): IssuerOptions {
    return this.#options
  }

  /** Rejects with IssuerAway, and with the library's own errors where the answer is no metadata of this issuer. */
  async metadata(): Promise<oauth.AuthorizationServer> {
    if (this.#known !== null && this.#known.untilMs > systemClock.nowMs()) return this.#known.metadata
    // Asked once for all who wait.
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = null
    })
    return this.#asking
  }

  async #ask(): Promise<oauth.AuthorizationServer> {
    const response = await oauth.discoveryRequest(this.#url, { ...this.#options, algorithm: 'oidc' })
    const metadata = await oauth.processDiscoveryResponse(this.#url, response)
    this.#known = { metadata, untilMs: systemClock.nowMs() + freshForMs }
    return metadata
  }
}

type IssuerOptions = ReturnType<typeof issuerOptions>

const issuerOptions = (fetch: IssuerFetch) => ({
  [oauth.customFetch]: (
    url: string,
    { body, headers, method }: oauth.CustomFetchOptions<string, URLSearchParams | undefined>,
  ) => fetch(url, { method, headers, body }),
  // oxlint-disable-next-line typescript/no-deprecated -- a mark of caution, met by `createIssuerFetch`: this machine alone is asked without encryption
  [oauth.allowInsecureRequests]: true,
})
