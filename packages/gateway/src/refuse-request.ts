import type { PointsmanError, RequestId } from '@pointsman/contract'
import { refuse, sendError, type ClientSink } from '@pointsman/engine'
import type { Dialect } from '@pointsman/wire'
import { answerHeaders, crossOriginHeaders } from './headers.ts'
import type { GatewayOptions } from './options.ts'
import { answerFacts, requestFacts, type Found, type Request } from './request-facts.ts'

interface Refusal {
  readonly id: RequestId
  readonly face: Dialect
  readonly client: ClientSink
  readonly startedAtUs: number
  readonly request: Request | null
  readonly found: Found
  readonly error: PointsmanError
}

/** A request with a known key leaves a record, whatever refused it; one without leaves none, so that a flood of bad keys writes nothing. */
export async function refuseRequest(refusal: Refusal, options: GatewayOptions): Promise<void> {
  const { client, error, face, found, request, startedAtUs } = refusal
  const answer =
    request === null
      ? null
      : answerFacts(request, found, { options, nowMs: options.engine.ports.clock.nowMs(), switchId: null })
  const unrecordable =
    error.code === 'storage_full' || error.code === 'storage_failing' || error.code === 'overloaded'
  if (request === null || answer === null || found.principal === undefined || unrecordable) {
    sendError({
      client,
      face,
      error,
      requestId: refusal.id,
      headers: answer === null ? crossOriginHeaders(face.name) : answerHeaders(answer, null),
    })
    return
  }
  await refuse(
    {
      facts: requestFacts(request, found, options),
      principal: found.principal,
      plan: found.decided?.plan ?? null,
      error,
      face,
      startedAtUs,
      client,
      answerHeaders: (served) => answerHeaders(answer, served),
    },
    options.engine,
  )
}
