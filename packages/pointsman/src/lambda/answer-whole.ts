import { PointsmanError } from '@pointsman/contract'
import type { Gateway } from '@pointsman/gateway'
import { WholeAnswer, type WholeResult } from './answer-clients.ts'
import type { EventRequest } from './http-event.ts'
import { LambdaExchange } from './lambda-exchange.ts'

export interface EventParts {
  readonly gateway: Gateway
  /** Monotonic microseconds. */
  readonly nowUs: () => number
}

/** Rejects where an answer that has begun could not be finished. */
export async function answerWhole(
  request: EventRequest,
  { gateway, nowUs }: EventParts,
): Promise<WholeResult> {
  const answer = new WholeAnswer()
  await gateway.handle(new LambdaExchange(request, answer, nowUs()))
  const result = answer.result()
  if (result === null) throw new PointsmanError('internal', 'The answer was not finished.')
  return result
}
