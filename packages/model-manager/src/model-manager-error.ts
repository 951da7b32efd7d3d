import type { ErrorCode, PointsmanError } from '@pointsman/contract'

/** Beside the codes of `errorTable`, which an answer of a server would have: what only a library can tell. */
export type ModelManagerErrorCode =
  ErrorCode | 'invalid_configuration' | 'agent_disabled' | 'closed' | 'cancelled'

/** A call that one model, or one after the other, was asked: `error` null = it answered. */
export interface TriedModel {
  readonly modelId: string
  readonly error: string | null
}

export interface ModelManagerErrorDetails {
  /** The models that were asked, in order. */
  readonly tried?: readonly TriedModel[]
  /** As the record of the invocation has it. */
  readonly requestId?: string
  readonly retryAfterMs?: number
  readonly cause?: unknown
}

/** Everything that ModelManager throws. `message` says what is wrong, where, and the next step. */
export class ModelManagerError extends Error {
  readonly code: ModelManagerErrorCode
  readonly tried: readonly TriedModel[]
  readonly requestId: string | null
  /** When the same call may succeed, where that is known. */
  readonly retryAfterMs: number | null

  constructor(code: ModelManagerErrorCode, message: string, details: ModelManagerErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = 'ModelManagerError'
    this.code = code
    this.tried = details.tried ?? []
    this.requestId = details.requestId ?? null
    this.retryAfterMs = details.retryAfterMs ?? null
  }
}

export function fromPointsmanError(
  error: PointsmanError,
  details: Omit<ModelManagerErrorDetails, 'retryAfterMs' | 'cause'> = {},
): ModelManagerError {
  const { retryAfterMs } = error.details
  return new ModelManagerError(error.code, error.message, {
    ...details,
    cause: error,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  })
}
