import type { PointsmanError, RequestId } from '@pointsman/contract'
import type { Dialect } from '@pointsman/wire'
import type { ClientSink } from './job.ts'

export interface ErrorAnswer {
  readonly client: ClientSink
  readonly face: Dialect
  readonly error: PointsmanError
  readonly requestId: RequestId
  /** The product's own answer headers, flat. */
  readonly headers: readonly string[]
}

/**
 * The whole answer to a request that failed before anything of an answer was sent, in the face's form. Answers the
 * status sent. Alone it is for somebody of whom no record is kept: a caller without a key, or with a wrong one.
 */
export function sendError({ client, face, error, requestId, headers }: ErrorAnswer): number {
  const written = face.writeError(error, requestId)
  const all = [...written.headers, ...headers]
  const { retryAfterMs } = error.details
  if (retryAfterMs !== undefined && !written.headers.includes('retry-after')) {
    // Rounded up: a caller who comes back a moment too early is refused again.
    all.push('retry-after', String(Math.ceil(retryAfterMs / 1_000)))
  }
  all.push('content-length', String(written.body.byteLength))
  client.head(written.status, all)
  client.end(written.body)
  return written.status
}
