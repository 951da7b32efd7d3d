import { PointsmanError, toPointsmanError } from '@pointsman/contract'
import { StreamedAnswer, type AnswerPrelude, type ResponseStream } from './answer-clients.ts'
import { answerWhole, type EventParts } from './answer-whole.ts'
import { readHttpEvent, type EventRequest } from './http-event.ts'
import { LambdaExchange } from './lambda-exchange.ts'

/** Where an invocation's answer goes: the runtime's own stream, with or without a head before its bytes. */
export interface AnswerPlace {
  /** The stream of an answer that begins with a status and headers. */
  withPrelude(prelude: AnswerPrelude): ResponseStream
  /** The stream of the invocation's result as it stands. */
  plain(): ResponseStream
}

/**
 * Answers one HTTP event. A function URL's answer goes out as it comes; an API's is one JSON object. Rejects where an answer
 * that has begun could not be finished: the runtime then tells its caller that it is torn.
 */
export async function handleEvent(event: unknown, place: AnswerPlace, parts: EventParts): Promise<void> {
  let request: EventRequest
  try {
    request = readHttpEvent(event)
  } catch (thrown) {
    // Nobody's HTTP: whoever invoked it by hand reads what it takes.
    writeResult(place, { errorType: 'invalid_request', errorMessage: toPointsmanError(thrown).message })
    return
  }
  if (request.streams) return streamed(request, place, parts)
  writeResult(place, await answerWhole(request, parts))
}

async function streamed(
  request: EventRequest,
  place: AnswerPlace,
  { gateway, nowUs }: EventParts,
): Promise<void> {
  const answer = new StreamedAnswer((prelude) => place.withPrelude(prelude))
  await gateway.handle(new LambdaExchange(request, answer, nowUs()))
  if (!answer.isWhole && !answer.closed) throw new PointsmanError('internal', 'The answer was not finished.')
}

const encoder = new TextEncoder()

function writeResult(place: AnswerPlace, result: object): void {
  const stream = place.plain()
  stream.write(encoder.encode(JSON.stringify(result)))
  stream.end()
}
