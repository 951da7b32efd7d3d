import { PointsmanError, type Credential } from '@pointsman/contract'
import type { Log } from '../log.ts'
import type { CredentialState } from '../ports.ts'
import { lastFourOf, type CredentialSource } from './provider-credentials.ts'

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
}

interface Held {
  readonly credential: Credential
  readonly expiresAtMs: number | null
}

/** What to set, as it stands after "set" in the 503 that a caller gets and in the start-up message. */
export const bedrockCredentialHint =
  'AWS_BEARER_TOKEN_BEDROCK, or AWS_ACCESS_KEY_ID with AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or run under a role'

export interface BedrockCredentialsParts {
  /** A bearer token, or the sandbox's pair: the chain is not asked. Null = it is. */
  readonly fixed: Credential | null
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

  async get(): Promise<Credential> {
    if (this.#parts.fixed !== null) return this.#parts.fixed
    if (this.#usable() === null) await this.#ask()
    const held = this.#usable()
    if (held === null)
      throw new PointsmanError(
        'credentials_missing',
        `The call could not be signed: set ${bedrockCredentialHint}.`,
      )
    this.#refreshSoon()
    return held.credential
  }

  /** Of the bearer token, or of the access key's id: a secret is never shown in part. */
  lastFour(): string | null {
    const credential = this.#parts.fixed ?? this.#usable()?.credential ?? null
    if (credential === null || credential.kind === 'none') return null
    return lastFourOf(credential.kind === 'aws' ? credential.accessKeyId : credential.token)
  }

  #usable(): Held | null {
    const held = this.#held
    return held !== null && (held.expiresAtMs === null || held.expiresAtMs > Date.now()) ? held : null
  }

  #refreshSoon(): void {
    const held = this.#held
    const due =
      held === null
        ? this.#failedAtMs === null || Date.now() - this.#failedAtMs > retryAfterMs
        : held.expiresAtMs !== null && held.expiresAtMs - Date.now() < refreshBeforeMs
    if (due && this.#asking === null) void this.#ask()
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
