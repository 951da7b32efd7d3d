import { PointsmanError, type Credential, type CredentialFacts, type ProviderId } from '@pointsman/contract'
import type { CredentialState } from '../ports.ts'
import type { HeldKey, KeyRing } from './key-ring.ts'
import type { CredentialSource } from './provider-credentials.ts'

export interface HeldFirstParts {
  readonly provider: ProviderId
  readonly ring: KeyRing
  /** Asked where the ring holds none that is in force. */
  readonly otherwise: CredentialSource
  readonly nowMs: () => number
  /** The secret of Secrets Manager, by its name. */
  readonly secretName: string | null
}

/**
 * The registry's key before that of Secrets Manager before what the process was started with: the later word of an operator,
 * and the one on record, stands before the earlier. A key past its end counts as not there. One that cannot be read does
 * count: another account must not be charged because somebody altered a row.
 */
export function heldFirst(parts: HeldFirstParts): CredentialSource {
  const { otherwise, provider } = parts
  return {
    state(): CredentialState {
      const held = inForce(parts)
      if (held === null) return otherwise.state()
      return held.credential === null
        ? { ready: false, missing: `a key anew for ${provider}` }
        : { ready: true }
    },
    get(): Credential | Promise<Credential> {
      const held = inForce(parts)
      if (held === null) return otherwise.get()
      if (held.credential !== null) return held.credential
      throw new PointsmanError(
        'credentials_missing',
        held.problem ?? `The key of ${provider} cannot be read.`,
      )
    },
    facts(): CredentialFacts {
      const held = inForce(parts)
      if (held !== null) return factsOf(held, parts)
      const facts = otherwise.facts()
      return { ...facts, problem: endedWords(parts) ?? facts.problem }
    },
  }
}

const sources = ['registry', 'secrets-manager'] as const

function inForce(parts: HeldFirstParts): HeldKey | null {
  for (const source of sources) {
    const held = parts.ring.find(parts.provider, source)
    if (held !== null && !isOver(held, parts)) return held
  }
  return null
}

const isOver = ({ endsAtMs }: HeldKey, { nowMs }: HeldFirstParts): boolean =>
  endsAtMs !== null && endsAtMs <= nowMs()

const factsOf = (held: HeldKey, parts: HeldFirstParts): CredentialFacts => ({
  source: held.key.source,
  from: held.key.source === 'registry' ? `version ${held.key.version}` : parts.secretName,
  lastFour: held.key.lastFour,
  sinceMs: held.key.setAtMs,
  expiresAtMs: held.endsAtMs,
  problem: held.problem ?? endedWords(parts),
})

/** Of a key that would be used, had it not ended. */
function endedWords(parts: HeldFirstParts): string | null {
  const { provider, ring, secretName } = parts
  for (const source of sources) {
    const held = ring.find(provider, source)
    if (held === null) continue
    if (held.endsAtMs === null || !isOver(held, parts)) return null
    const [what, mend] =
      source === 'registry'
        ? ['stored key', `Store a new one (pointsman providers set-key ${provider}), or take it away`]
        : [`key in ${secretName ?? 'Secrets Manager'}`, 'Put a new one into the secret']
    return `The ${what} ended at ${new Date(held.endsAtMs).toISOString()} and is not used any more. ${mend}.`
  }
  return null
}
