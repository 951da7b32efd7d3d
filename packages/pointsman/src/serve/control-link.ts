import type { ModelId, ProviderId, Revision, SealedKey } from '@pointsman/contract'
import type { Condition, ProviderFacts, Replicas } from '@pointsman/control'
import type { CredentialState, ListQuestion, SnapshotSource } from '@pointsman/engine'
import type { MetricsReport } from '@pointsman/metrics'
import type { ControlDoor, LimitsOptions, MovedPin, PinStore, ProbeResult } from '@pointsman/gateway'

/**
 * What a data plane has of the control plane, in the same process or over a socket. Everything here may fail while the
 * control plane or its database is away: `registry_unavailable`.
 */
export interface ControlLink {
  /** Everything that is not a data-plane path. */
  readonly door: ControlDoor
  readonly source: SnapshotSource
  readonly pinStore: PinStore
  readonly pinNews: PinNews
  readonly replicas: Pick<Replicas, 'renewLease' | 'acknowledge' | 'leave'>
  /** The counts of this host, which go on while the registry is away. */
  readonly limits: Pick<LimitsOptions, 'leases' | 'share'>
  readonly providerKeys: ProviderKeyLink
  /** Whether the registry can be asked. */
  up(): boolean
  /** Called each time that it can be asked again; who asks for a switch waits for the promise. Ends with the link. */
  onUp(listener: () => Promise<void>): void
  /** What all data planes of this host counted, and how the registry is. */
  hostMetrics(): Promise<MetricsReport>
  /** What an operator should know of the control plane. */
  notes(): readonly string[]
}

/** The keys of providers that are kept, sealed. */
export interface ProviderKeyLink {
  /** As they are now; as they were last where the registry does not answer. */
  sealed(): Promise<readonly SealedKey[]>
  /** Others may be in force. The returned function ends it. */
  onChange(listener: () => void): () => void
}

/** What the registry knows of moved pins. */
export interface PinNews {
  /** Null = any may have moved. The returned function ends it. */
  onMoved(listener: (moved: MovedPin | null) => void): () => void
  /** Whose pins the revisions after `after` up to `until` moved; null = anybody's. */
  movedBetween(after: Revision, until: Revision): Promise<readonly MovedPin[] | null>
  /** False: notices may be missed just now. */
  up(): boolean
}

/** What the control plane has of the data planes of its host. */
export interface DataLink {
  probe(model: ModelId): Promise<ProbeResult>
  listBedrock(question: ListQuestion): Promise<string>
  providerStates(): ReadonlyMap<ProviderId, CredentialState>
  providers(): readonly ProviderFacts[]
  metrics(): Promise<MetricsReport>
  /** What is wrong with them. */
  conditions(): readonly Condition[]
}
