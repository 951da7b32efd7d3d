import { errorTable, type ErrorCode } from '@pointsman/contract'
import type { CallOutcome } from './circuit.ts'

export interface EndedCall {
  readonly code: ErrorCode | null
  readonly firstContentAfterMs: number | null
  readonly endedAfterMs: number
  /** The request's whole time. */
  readonly totalMs: number
}

/** What is wrong on our side: another candidate may serve, and the model has not failed. */
const ours: ReadonlySet<ErrorCode> = new Set(['credentials_missing', 'overloaded'])

/**
 * What a call says of its model. Nothing where the caller left, the request itself was refused, or a credential or a
 * connection was missing here. A credential that the vendor refuses counts against the model that was called, not against its whole
 * provider: vendors also answer 403 where a key may not use one model.
 */
export function outcomeOf({ code, endedAfterMs, firstContentAfterMs, totalMs }: EndedCall): CallOutcome {
  if (code === null) return 'success'
  if (ours.has(code)) return 'neither'
  if (code === 'upstream_timeout_total') {
    // The deadline is the request's: it blames the model only if that had most of the time and said nothing.
    return firstContentAfterMs === null && endedAfterMs * 2 >= totalMs ? 'failure' : 'neither'
  }
  return errorTable[code].next === 'move-on' ? 'failure' : 'neither'
}
