import { PointsmanError, type Credential, type ProviderId } from '@pointsman/contract'
import type { CredentialState, Credentials } from '../ports.ts'

/** Where one provider's credential comes from. */
export interface CredentialSource {
  state(): CredentialState
  get(): Promise<Credential>
  /** Of the key in use; null = none is used, or it is too short to show any of it. */
  lastFour(): string | null
}

/** Fewer characters than this could be guessed from their last four. */
const leastShown = 12

export const lastFourOf = (key: string): string | null => (key.length < leastShown ? null : key.slice(-4))

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

  async get(provider: ProviderId): Promise<Credential> {
    const source = this.#sources.get(provider)
    if (source === undefined)
      throw new PointsmanError('credentials_missing', `This server does not know provider ${provider}.`)
    return source.get()
  }
}

/** A key that was read at the start; `hint` is the variable to set where there is none. */
export function fixedKey(key: string | null, hint: string): CredentialSource {
  const state: CredentialState = key === null ? { ready: false, missing: hint } : { ready: true }
  return {
    state: () => state,
    async get() {
      if (key === null)
        throw new PointsmanError('credentials_missing', `The call could not be made: set ${hint}.`)
      return { kind: 'bearer', token: key }
    },
    lastFour: () => (key === null ? null : lastFourOf(key)),
  }
}

/** A server that asks for none. */
export const noKey: CredentialSource = {
  state: () => ({ ready: true }),
  get: async () => ({ kind: 'none' }),
  lastFour: () => null,
}
