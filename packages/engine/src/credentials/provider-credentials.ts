import { PointsmanError, type Credential, type CredentialFacts, type ProviderId } from '@pointsman/contract'
import { lastFourOf } from '@pointsman/core'
import type { CredentialState, Credentials } from '../ports.ts'

/** Where one provider's credential comes from. */
export interface CredentialSource {
  state(): CredentialState
  /** Throws PointsmanError `credentials_missing`, or rejects with it. */
  get(): Credential | Promise<Credential>
  /** What operators see of it. */
  facts(): CredentialFacts
}

/** Every provider that this server can call, by where its credential comes from. */
export class ProviderCredentials implements Credentials {
  readonly #sources: ReadonlyMap<ProviderId, CredentialSource>

  constructor(sources: ReadonlyMap<ProviderId, CredentialSource>) {
    this.#sources = sources
  }

  /** What the control plane tells of models that cannot be called from here. */
  states(): ReadonlyMap<ProviderId, CredentialState> {
    return new Map([...this.#sources].map(([id, source]) => [id, source.state()]))
  }

  state(provider: ProviderId): CredentialState {
    return this.#sources.get(provider)?.state() ?? { ready: false, missing: `provider ${provider}` }
  }

  get(provider: ProviderId): Credential | Promise<Credential> {
    const source = this.#sources.get(provider)
    if (source === undefined)
      throw new PointsmanError('credentials_missing', `This server does not know provider ${provider}.`)
    return source.get()
  }
}

/** There is none. */
export const noCredential: CredentialFacts = {
  ...{ source: null, from: null, lastFour: null, sinceMs: null, expiresAtMs: null, problem: null },
}

/** What is known of a key that was read at the start. */
export interface FixedKeyFacts {
  readonly source: 'environment' | 'sandbox'
  readonly from: string
  /** Null = it has no end, or tells none. */
  readonly expiresAtMs?: number | null
}

/** A key that was read at the start; `hint` is what to set where there is none. */
export function fixedKey(
  key: string | null,
  hint: string,
  from: FixedKeyFacts = { source: 'environment', from: hint },
): CredentialSource {
  // One object: what is made of it is kept by it.
  const credential: Credential | null = key === null ? null : { kind: 'bearer', token: key }
  const state: CredentialState = key === null ? { ready: false, missing: hint } : { ready: true }
  return {
    state: () => state,
    get() {
      if (credential === null)
        throw new PointsmanError('credentials_missing', `The call could not be made: set ${hint}.`)
      return credential
    },
    facts: () =>
      credential === null
        ? noCredential
        : {
            ...{ ...noCredential, source: from.source, from: from.from },
            ...{
              lastFour: lastFourOf(credential),
              expiresAtMs: from.expiresAtMs ?? null,
            },
          },
  }
}

// One object: what is made of it is kept by it.
const none: Credential = { kind: 'none' }

/** A server that asks for none. */
export const noKey: CredentialSource = {
  state: () => ({ ready: true }),
  get: () => none,
  facts: () => noCredential,
}
