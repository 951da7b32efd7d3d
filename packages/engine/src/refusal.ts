import type { Plan, PointsmanError, Principal, RequestFacts } from '@pointsman/contract'
import type { Dialect } from '@pointsman/wire'
import type { ClientSink, ServedFacts } from './job.ts'

/** A request that is refused before any attempt, by somebody who was allowed to ask. */
export interface Refusal {
  readonly facts: RequestFacts
  readonly principal: Principal
  /** Null where the request was refused before a plan was made. */
  readonly plan: Plan | null
  readonly error: PointsmanError
  readonly face: Dialect
  /** Monotonic microseconds of the request's first byte. */
  readonly startedAtUs: number
  readonly client: ClientSink
  answerHeaders(served: ServedFacts): readonly string[]
}
