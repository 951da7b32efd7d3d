import type { Credential, ProviderId } from '@pointsman/contract'
import type { Log } from '../log.ts'

/** What a vendor said of our credential. Its own words may quote it: they are kept nowhere. */
export interface CredentialRefusal {
  readonly provider: ProviderId
  readonly region: string
  /** Null = it was refused before it was sent. */
  readonly status: number | null
  readonly vendorName: string | null
}

/** Which credentials vendors refuse: told once for an episode, not for each request. */
export interface RefusedCredentials {
  /** What tells the credential that a call was just given from others of its provider: it may be replaced before the call ends. */
  nameOf(provider: ProviderId, credential: Credential): string
  refused(refusal: CredentialRefusal, name: string, nowMs: number): void
  /** The vendor answered a call: the episode is over once it has not refused another one for a minute. */
  accepted(answered: Pick<CredentialRefusal, 'provider' | 'region'>, name: string, nowMs: number): void
  /** Of the credential that is in use now. */
  of(provider: ProviderId, nowMs: number): readonly CredentialRefusal[]
}

export interface RefusedCredentialsParts {
  readonly log: Log
  /** Tells one credential of a provider from another, without what is secret of it; absent = there is only one. */
  readonly inUse?: (provider: ProviderId) => string
}

interface Episode {
  readonly refusal: CredentialRefusal
  readonly name: string
  readonly refusedAtMs: number
  /** Since that refusal. */
  readonly isAnswered: boolean
}

// Providers and regions are few; the bound holds whatever a catalogue names.
const maxEpisodes = 1_000
/** Where a vendor refuses a credential for one model and takes it for another, each call would begin or end an episode. */
const answeredEndsAfterMs = 60_000
/** What was mended may not be called from here, or in that region, again: no answer would ever end it. */
const unansweredEndsAfterMs = 10 * 60_000

const stands = ({ isAnswered, refusedAtMs }: Episode, nowMs: number): boolean =>
  nowMs - refusedAtMs < (isAnswered ? answeredEndsAfterMs : unansweredEndsAfterMs)

/** The holder of these episodes; one a process, bounded to 1,000: the one refused longest ago makes room. */
export function createRefusedCredentials({
  inUse = () => '',
  log,
}: RefusedCredentialsParts): RefusedCredentials {
  const episodes = new Map<string, Episode>()
  // By the credential's own object: put together for each call, the name would cost every call.
  const names = new WeakMap<Credential, string>()
  const keyOf = (provider: ProviderId, region: string, name: string) => `${provider}@${region} ${name}`
  return {
    nameOf(provider, credential) {
      const known = names.get(credential)
      if (known !== undefined) return known
      const name = inUse(provider)
      names.set(credential, name)
      return name
    },
    refused(refusal, name, nowMs) {
      const { provider, region, status, vendorName } = refusal
      const key = keyOf(provider, region, name)
      const before = episodes.get(key)
      episodes.delete(key)
      const oldest = episodes.keys().next()
      if (episodes.size >= maxEpisodes && !oldest.done) episodes.delete(oldest.value)
      episodes.set(key, { refusal, name, refusedAtMs: nowMs, isAnswered: false })
      if (before !== undefined && stands(before, nowMs)) return
      log('error', 'provider_key_refused', { provider, region, status, vendorName })
    },
    accepted({ provider, region }, name, nowMs) {
      if (episodes.size === 0) return
      const key = keyOf(provider, region, name)
      const episode = episodes.get(key)
      if (episode === undefined) return
      const answered = { ...episode, isAnswered: true }
      if (stands(answered, nowMs)) return void episodes.set(key, answered)
      episodes.delete(key)
      log('info', 'provider_key_accepted', { provider, region })
    },
    of(provider, nowMs) {
      if (episodes.size === 0) return []
      const name = inUse(provider)
      return [...episodes.values()]
        .filter((one) => one.refusal.provider === provider && one.name === name && stands(one, nowMs))
        .map(({ refusal }) => refusal)
    },
  }
}
