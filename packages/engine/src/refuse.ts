import {
  unknownUsage,
  type Plan,
  type PointsmanError,
  type Principal,
  type RequestFacts,
  type UsageRecord,
} from '@pointsman/contract'
import type { Dialect } from '@pointsman/wire'
import type { Engine } from './engine.ts'
import type { ClientSink, ServedFacts } from './job.ts'
import { reportFault } from './report-fault.ts'
import { sendLastError } from './send-error.ts'
import { nothingServed } from './answer-cost.ts'
import { recordOf, settle, type Ending } from './settle.ts'

/** A request that is refused without any attempt, from somebody who was allowed to ask. */
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

/**
 * Records the refusal and sends its error in the face's form; nothing is sent to a caller who has left. Rejects only
 * before the record was handed over, so that whoever catches it may write one.
 */
export async function refuse(refusal: Refusal, engine: Engine): Promise<UsageRecord> {
  const { facts, principal, plan, error, face, startedAtUs, client } = refusal
  const course = {
    facts,
    principal,
    plan,
    unfit: [],
    attempts: [],
    spans: [],
    startedAtUs,
    firstContentAtUs: null,
    unrecognisedFrames: 0,
  }
  const ending: Ending = {
    outcome: 'refused',
    error,
    status: client.closed ? null : error.status,
    served: null,
    finish: null,
    usage: unknownUsage,
    usageEstimated: false,
    warnings: [],
  }
  const nowUs = engine.ports.clock.nowUs()
  const { record } = await settle(recordOf(course, ending, nothingServed, nowUs), engine)
  if (client.closed) return record
  const headers = () =>
    refusal.answerHeaders({
      modelId: null,
      provider: null,
      region: null,
      reason: null,
      attempts: 0,
      overheadUs: record.overheadUs,
      warnings: [],
    })
  sendLastError({ client, face, error, requestId: facts.requestId, headers }, (thrown) => {
    reportFault(engine, facts.requestId, thrown)
  })
  return record
}
