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
  const all = [...written.headers, ...withoutWritten(headers, written.headers)]
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

/** Both may name the request by the vendor's header: twice would reach the caller as one text of two ids. */
function withoutWritten(headers: readonly string[], written: readonly string[]): readonly string[] {
  const isWritten = (name: string): boolean =>
    written.some((other, index) => index % 2 === 0 && other === name)
  return headers.filter((_, index) => !isWritten(headers[index - (index % 2)] ?? ''))
}

/**
 * The same where the request's record is written already: a throw would make the caller write a second one. What goes
 * wrong is handed to `onFault`; the caller then gets a bare 500 if it still can, lest it wait for ever. Answers the
 * status sent; null = nothing could be.
 */
export function sendLastError(
  answer: Omit<ErrorAnswer, 'headers'> & { headers(): readonly string[] },
  onFault: (thrown: unknown) => void,
): number | null {
  const { client } = answer
  try {
    return sendError({ ...answer, headers: answer.headers() })
  } catch (thrown) {
    onFault(thrown)
  }
  try {
    client.head(500, ['content-length', '0'])
    client.end()
    return 500
  } catch (thrown) {
    // The client's side itself is what is broken: nothing can be told to it any more.
    onFault(thrown)
    return null
  }
}
