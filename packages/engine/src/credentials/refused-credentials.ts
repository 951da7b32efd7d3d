import type { ProviderId } from '@pointsman/contract'
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
  refused(refusal: CredentialRefusal, nowMs: number): void
  /** The vendor answered a call: the episode is over. */
  accepted(provider: ProviderId, region: string): void
  /** Of the credential that is in use now. */
  of(provider: ProviderId): readonly CredentialRefusal[]
}

export interface RefusedCredentialsParts {
  readonly log: Log
  /** Tells one credential of a provider from another, without what is secret of it; absent = there is only one. */
  readonly inUse?: (provider: ProviderId) => string
}

interface Episode extends CredentialRefusal {
  readonly credential: string
  readonly isOver: boolean
  readonly toldAtMs: number
  /** Whether the log has this episode, or only the one before it. */
  readonly isTold: boolean
}

// Providers and regions are few; the bound holds whatever a catalogue names.
const maxEpisodes = 1_000
/** Where a vendor refuses a credential for one model and takes it for another, each call would begin or end one. */
const toldAgainAfterMs = 60_000

/** The holder of these episodes; one a process, bounded to 1,000: the oldest makes room. */
export function createRefusedCredentials({
  inUse = () => '',
  log,
}: RefusedCredentialsParts): RefusedCredentials {
  const episodes = new Map<string, Episode>()
  const keyOf = (provider: ProviderId, region: string) => `${provider}@${region}`
  return {
    refused({ provider, region, status, vendorName }, nowMs) {
      const key = keyOf(provider, region)
      const credential = inUse(provider)
      // Another one in its place is told of anew: whoever changed it wants to know.
      const before = episodes.get(key)
      const same = before?.credential === credential ? before : null
      if (same !== null && !same.isOver) return
      const oldest = episodes.keys().next()
      if (before === undefined && episodes.size >= maxEpisodes && !oldest.done) episodes.delete(oldest.value)
      const isTold = same === null || nowMs - same.toldAtMs >= toldAgainAfterMs
      const toldAtMs = isTold ? nowMs : same.toldAtMs
      episodes.set(key, { provider, region, status, vendorName, credential, isOver: false, toldAtMs, isTold })
      if (isTold) log('error', 'provider_key_refused', { provider, region, status, vendorName })
    },
    accepted(provider, region) {
      if (episodes.size === 0) return
      const key = keyOf(provider, region)
      const episode = episodes.get(key)
      if (episode === undefined || episode.isOver) return
      episodes.set(key, { ...episode, isOver: true })
      if (episode.isTold) log('info', 'provider_key_accepted', { provider, region })
    },
    of(provider) {
      if (episodes.size === 0) return []
      const credential = inUse(provider)
      return [...episodes.values()].filter(
        (one) => one.provider === provider && one.credential === credential && !one.isOver,
      )
    },
  }
}
