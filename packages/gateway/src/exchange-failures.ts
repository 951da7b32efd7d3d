import { PointsmanError } from '@pointsman/contract'
import type { ClientSink } from '@pointsman/engine'

export const bodyTooLarge = (limitBytes: number): PointsmanError =>
  new PointsmanError(
    'body_too_large',
    `The request body is larger than ${limitBytes / 1_048_576} MiB, the limit of this server. Send less, or put large media where the vendor can fetch it.`,
  )

export const bodyLate = (withinMs: number): PointsmanError =>
  new PointsmanError('request_timeout', `The request body did not arrive within ${withinMs / 1_000} seconds.`)

export const clientLeft = (): PointsmanError =>
  new PointsmanError('client_closed', 'The client left before its request was complete.')

/** A client whose answer may end before it is whole. */
interface CutClient extends Pick<ClientSink, 'head' | 'end'> {
  readonly headSent: boolean
  cut(): void
}

const failureBody = new TextEncoder().encode(
  '{"error":{"code":"internal","message":"The server failed to handle this request. Its log names the cause."}}',
)

/** After a failure that nobody foresaw: a plain 500 where nothing was sent yet, else a cut. Never throws. */
export function endFailed(client: CutClient): void {
  if (client.headSent) {
    client.cut()
    return
  }
  client.head(500, ['content-type', 'application/json'])
  client.end(failureBody)
}
