import { PointsmanError, type Credential, type CredentialFacts } from '@pointsman/contract'
import { lastFourOf } from '@pointsman/core'
import type { Log } from '../log.ts'
import type { CredentialState } from '../ports.ts'
import { noCredential, type CredentialSource, type FixedKeyFacts } from './provider-credentials.ts'

/** A credential this close to its end is fetched anew in the background while it still serves. */
const refreshBeforeMs = 5 * 60_000
/** How long a failed look-up stands before the chain is asked again: the instance metadata service is slow where there is none. */
const retryAfterMs = 15_000

/** What the AWS default credential chain answers, as AWS's own packages do. */
export interface AwsIdentity {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string | undefined
  readonly expiration?: Date | undefined
  /** How AWS's own packages say where it came from: codes of what was used. */
  readonly $source?: object | undefined
}

interface Held {
  readonly credential: Credential & { readonly kind: 'aws' }
  readonly expiresAtMs: number | null
  readonly from: string
}

/** What to set, as it stands after "set" in the 503 that a caller gets and in the start-up message. */
export const bedrockCredentialHint =
  'AWS_BEARER_TOKEN_BEDROCK, or AWS_ACCESS_KEY_ID with AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or run under a role'

export interface BedrockCredentialsParts {
  /** A bearer token, or the sandbox's pair: the chain is not asked. Null = it is. */
  readonly fixed: Exclude<Credential, { readonly kind: 'none' }> | null
  readonly fixedFacts?: FixedKeyFacts
  /** The AWS default credential chain; rejects where it finds none. */
  readonly chain: () => Promise<AwsIdentity>
  readonly log: Log
}

/**
 * Bedrock's credentials: the given one where there is one, else the AWS default chain, asked in the background so that no
 * request waits for it. Holder of one credential; owner: the door that made it.
 */
export class BedrockCredentials implements CredentialSource {
  readonly #parts: BedrockCredentialsParts
  #held: Held | null = null
  #asking: Promise<void> | null = null
  #failedAtMs: number | null = null

  constructor(parts: BedrockCredentialsParts) {
    this.#parts = parts
  }

  /** Asks the chain once and waits for its answer, whatever it is. */
  async start(): Promise<void> {
    if (this.#parts.fixed === null) await this.#ask()
  }

  state(): CredentialState {
    if (this.#parts.fixed !== null) return { ready: true }
    this.#refreshSoon()
    return this.#usable() === null ? { ready: false, missing: bedrockCredentialHint } : { ready: true }
  }

  get(): Credential | Promise<Credential> {
    if (this.#parts.fixed !== null) return this.#parts.fixed
    return this.#usable() === null ? this.#ask().then(() => this.#present()) : this.#present()
  }

  #present(): Credential {
    const held = this.#usable()
    if (held === null)
      throw new PointsmanError(
        'credentials_missing',
        `The call could not be signed: set ${bedrockCredentialHint}.`,
      )
    this.#refreshSoon()
    return held.credential
  }

  facts(): CredentialFacts {
    const { fixed, fixedFacts: told } = this.#parts
    if (fixed !== null) {
      const { source = 'environment', from = 'AWS_BEARER_TOKEN_BEDROCK', expiresAtMs = null } = told ?? {}
      return { ...noCredential, source, from, lastFour: lastFourOf(fixed), expiresAtMs }
    }
    const held = this.#usable()
    if (held === null) return noCredential
    const { credential, expiresAtMs, from } = held
    return { ...noCredential, source: 'aws', from, lastFour: lastFourOf(credential), expiresAtMs }
  }

  #usable(): Held | null {
    const held = this.#held
    return held !== null && (held.expiresAtMs === null || held.expiresAtMs > Date.now()) ? held : null
  }

  #refreshSoon(): void {
    const { expiresAtMs } = this.#held ?? { expiresAtMs: 0 }
    const due = expiresAtMs !== null && expiresAtMs - Date.now() < refreshBeforeMs
    const rests = this.#failedAtMs !== null && Date.now() - this.#failedAtMs <= retryAfterMs
    if (due && !rests && this.#asking === null) void this.#ask()
  }

  #ask(): Promise<void> {
    this.#asking ??= this.#parts
      .chain()
      .then((found) => {
        this.#failedAtMs = null
        this.#held = {
          credential: {
            kind: 'aws',
            accessKeyId: found.accessKeyId,
            secretAccessKey: found.secretAccessKey,
            sessionToken: found.sessionToken ?? null,
          },
          expiresAtMs: found.expiration?.getTime() ?? null,
          from: chainWords(found.$source ?? {}),
        }
      })
      .catch((error: unknown) => {
        if (this.#failedAtMs === null)
          this.#parts.log('warn', 'aws_credentials_missing', { hint: `Set ${bedrockCredentialHint}.`, error })
        this.#failedAtMs = Date.now()
      })
      .finally(() => {
        this.#asking = null
      })
    return this.#asking
  }
}

/** The first that was used says most: a role is assumed with what a profile or a variable held. */
const chainSources: readonly (readonly [RegExp, string])[] = [
  [/WEB_ID/, 'a role by web identity'],
  [/ASSUME_ROLE/, 'an assumed role'],
  [/SSO/, 'a profile with SSO'],
  [/LOGIN/, 'a profile with console sign-in'],
  [/PROCESS/, 'a profile with a process'],
  [/PROFILE/, 'a profile'],
  [/ENV_VARS/, 'AWS_ACCESS_KEY_ID'],
  [/HTTP/, 'a container’s role'],
  [/IMDS/, 'an instance’s role'],
]

function chainWords(used: object): string {
  const codes = Object.keys(used)
  const words = chainSources.find(([form]) => codes.some((code) => form.test(code)))
  return words?.[1] ?? 'the AWS credential chain'
}
