import type { ReplicaId, TraceContext } from '@pointsman/contract'
import type { ConversationPins, Engine, SnapshotHolder, Timeouts } from '@pointsman/engine'
import type { PinChanges } from './conversation-pins.ts'
import type { Entrance } from './entrance.ts'
import type { ControlDoor, HostLink } from './ports.ts'
import type { AuthenticationParts } from './stages/authenticate.ts'

export interface GatewayOptions {
  readonly engine: Engine
  readonly holder: SnapshotHolder
  readonly pins: ConversationPins
  /** The news that `pins` hears. Without it a conversation's move and its messages are ordered by their clocks alone. */
  readonly pinChanges?: Pick<PinChanges, 'subscribe'>
  /** How long a request waits for what the registry knows of its conversation. Left out: 25. */
  readonly pinWaitMs?: number
  readonly control: ControlDoor
  readonly host: HostLink
  readonly authentication: AuthenticationParts
  readonly replica: ReplicaId
  /** The region that calls go to where nothing else decides. */
  readonly homeRegion: string
  readonly timeouts: Timeouts
  /** The first byte of an answer that is not streamed comes when all of it was generated: it may take so long. */
  readonly wholeAnswerMs: number
  readonly maxBodyBytes: number
  /** Refuses what cannot be served now. Left out: everything is taken. */
  readonly entrance?: Entrance
  /** `/metrics` asks for no key. Left out: it asks for one with scope `read`. */
  readonly openMetrics?: boolean
  /** Where a request stands in its trace, from its `traceparent` and `tracestate`. Left out: nothing is traced. */
  readonly trace?: ((traceparent: string | undefined, tracestate: string | undefined) => TraceContext) | null
  /** Every answer then carries `x-pointsman-sandbox: true`. */
  readonly sandbox: boolean
  readonly newRequestId: () => string
}
