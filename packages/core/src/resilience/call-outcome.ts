import { errorTable, type ErrorCode } from '@pointsman/contract'
import type { CallOutcome } from './circuit.ts'

export interface EndedCall {
  readonly code: ErrorCode | null
  readonly firstContentAfterMs: number | null
  readonly endedAfterMs: number
  /** The request's whole time. */
  readonly totalMs: number
}

/**
 * What a call says of its model. Nothing where the caller left, the request itself was refused, or a credential was
 * missing here. A credential that the vendor refuses counts against the model that was called, not against its whole
 * provider: vendors also answer 403 where a key may not use one model.
 */
export function outcomeOf({ code, endedAfterMs, firstContentAfterMs, totalMs }: EndedCall): CallOutcome {
  if (code === null) return 'success'
  if (code === 'credentials_missing') return 'neither'
  if (code === 'upstream_timeout_total') {
    // The deadline is the request's: it blames the model only if that had most of the time and said nothing.
    return firstContentAfterMs === null && endedAfterMs * 2 >= totalMs ? 'failure' : 'neither'
  }
  return errorTable[code].next === 'move-on' ? 'failure' : 'neither'
}
