import type {
  ErrorCode,
  ModelId,
  PinClaim,
  ProviderId,
  ReplicaId,
  Revision,
  SealedKey,
  SnapshotManifest,
  SnapshotPart,
} from '@pointsman/contract'
import type { Condition, ProviderFacts, Replicas } from '@pointsman/control'
import type { CredentialState, ClaimedPin, ListQuestion, PinQuery, Pins } from '@pointsman/engine'
import type { MetricsReport } from '@pointsman/metrics'
import type { LeaseAsk, LimitCount, MovedPin, ProbeResult } from '@pointsman/gateway'

/** How the control plane is, as the data planes of its host know it. */
export interface ControlState {
  readonly up: boolean
  /** Callers are answered: later than `up` by as long as the data planes take to hear of it. An older one does not tell it. */
  readonly open?: boolean
  readonly pinsUp: boolean
  readonly notes: readonly string[]
  /** Why the registry is not open; null = it is, or is being opened for the first time. */
  readonly failure: { readonly code: ErrorCode; readonly message: string; readonly data?: Data } | null
}

type Data = { readonly [name: string]: unknown }

/** What a data plane can call and what is wrong with it, as the control plane shows it. */
export interface ToldByData {
  readonly states: readonly (readonly [ProviderId, CredentialState])[]
  readonly facts: readonly ProviderFacts[]
  readonly conditions: readonly Condition[]
}

export type LimitChange = LimitCount & { readonly amount: number }

/** What a data plane asks the control plane. */
export interface ToControl {
  /** First, and once: proves that this process was started by the same host. */
  readonly hello: {
    readonly given: { readonly secret: string; readonly told: ToldByData }
    /** Which process it is, new with each start; an older one does not tell it. */
    readonly answer: ControlState & { readonly instance?: string }
  }
  readonly told: { readonly given: ToldByData; readonly answer: null }
  readonly latest: { readonly given: null; readonly answer: SnapshotManifest | null }
  readonly parts: { readonly given: readonly string[]; readonly answer: readonly SnapshotPart[] }
  readonly findPins: { readonly given: PinQuery; readonly answer: Pins }
  readonly claimPin: { readonly given: PinClaim; readonly answer: ClaimedPin }
  readonly movedBetween: {
    readonly given: { readonly after: Revision; readonly until: Revision }
    readonly answer: readonly MovedPin[] | null
  }
  readonly sealedKeys: { readonly given: null; readonly answer: readonly SealedKey[] }
  /** Of the limits of keys: what this data plane may hand out, and what it did beyond or gives back. */
  readonly lease: { readonly given: readonly LeaseAsk[]; readonly answer: readonly number[] }
  readonly charge: { readonly given: readonly LimitChange[]; readonly answer: null }
  readonly renewLease: { readonly given: Parameters<Replicas['renewLease']>[0]; readonly answer: null }
  readonly acknowledge: { readonly given: Parameters<Replicas['acknowledge']>[0]; readonly answer: null }
  /** Of all data planes of the host. */
  readonly hostMetrics: { readonly given: null; readonly answer: MetricsReport }
  /** The last that this data plane counted: it is about to end. */
  readonly counted: { readonly given: MetricsReport; readonly answer: null }
  readonly leave: { readonly given: ReplicaId; readonly answer: null }
}

/** What the control plane asks and tells a data plane. */
export interface ToData {
  readonly probe: { readonly given: ModelId; readonly answer: ProbeResult }
  readonly listBedrock: { readonly given: ListQuestion; readonly answer: string }
  readonly metrics: { readonly given: null; readonly answer: MetricsReport }
  /** There is a newer snapshot. */
  readonly changed: { readonly given: null; readonly answer: null }
  /** Other keys of providers may be in force. */
  readonly keysChanged: { readonly given: null; readonly answer: null }
  /** Null = any pin may have moved. */
  readonly moved: { readonly given: MovedPin | null; readonly answer: null }
  readonly state: { readonly given: ControlState; readonly answer: null }
  /** The registry can be asked again: answered once this replica has its lease. */
  readonly up: { readonly given: null; readonly answer: null }
}
