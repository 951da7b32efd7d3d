import type { Principal, RequestId } from '@pointsman/contract'
import type { CompiledSnapshot } from '@pointsman/core'
import type { ConversationPins, Engine } from '@pointsman/engine'
import type { LastModels } from '../last-models.ts'
import type { CallerHeaders, ParsedRequest } from './parse.ts'

export interface DecideParts {
  readonly engine: Engine
  readonly pins: ConversationPins
  /** How long a request waits for its conversation's pins, the look-ups and the claim together. */
  readonly pinWaitMs: number
  readonly homeRegion: string
  readonly lastModels?: LastModels
}

export interface DecideInput {
  readonly requestId: RequestId
  readonly nowMs: number
  readonly snapshot: CompiledSnapshot
  readonly principal: Principal
  readonly caller: CallerHeaders
  readonly parsed: ParsedRequest
  /** The face switches a conversation by itself when it comes to a use case, and goes on with the one that it is in. */
  readonly autoSwitches: boolean
}
