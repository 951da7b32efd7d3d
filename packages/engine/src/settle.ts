import {
  bucketsOf,
  type AttemptRecord,
  type Exclusion,
  type Outcome,
  type Plan,
  type PointsmanError,
  type Principal,
  type RequestFacts,
  type ToldUsage,
  type UsageRecord,
} from '@pointsman/contract'
import { overheadUs, type Span } from '@pointsman/core'
import type { AnswerCost, Served } from './answer-cost.ts'
import type { Engine } from './engine.ts'
import { joinedLists } from './joined-lists.ts'
import { errorInOwnWords, inOwnWords } from './own-words.ts'

/** How a request ended, as the one who ended it knows it. */
export interface Ending {
  readonly outcome: Outcome
  readonly error: PointsmanError | null
  /** The HTTP status sent; null when none was. */
  readonly status: number | null
  readonly served: Served | null
  readonly finish: string | null
  readonly usage: ToldUsage
  readonly usageEstimated: boolean
  readonly warnings: readonly string[]
}

/** What the request's course has left behind. */
export interface Course {
  readonly facts: RequestFacts
  readonly principal: Principal
  readonly plan: Plan | null
  readonly unfit: readonly Exclusion[]
  readonly attempts: readonly AttemptRecord[]
  readonly spans: readonly Span[]
  readonly startedAtUs: number
  readonly firstContentAtUs: number | null
  readonly unrecognisedFrames: number
}

/** The record and whether it is safe on disk. */
export interface Settled {
  readonly record: UsageRecord
  readonly stored: boolean
}

/**
 * Record, whole → journal → the key's limits. Resolves when the record would survive a cut power line or has failed to be
 * written; never rejects. Called exactly once for each request, whatever happened to it, and before the last byte: the
 * duration that `recordOf` writes therefore ends here.
 */
export async function settle(record: UsageRecord, engine: Engine): Promise<Settled> {
  const { records, limits, clock } = engine.ports
  let stored = true
  try {
    await records.outcome(record)
  } catch (thrown) {
    stored = false
    tellFault(engine, record, notWritten, thrown)
  }
  try {
    limits.settle(record, clock.nowMs())
  } catch (thrown) {
    tellFault(engine, record, notCharged, thrown)
  }
  return { record, stored }
}

const notWritten = 'A usage record could not be written. Free the disk that holds the journal.'
const notCharged = "A request's cost could not be charged to its key's limits."

function tellFault(engine: Engine, { requestId }: UsageRecord, what: string, thrown: unknown): void {
  engine.log('error', what, {
    requestId,
    fault: thrown instanceof Error ? thrown.message : String(thrown),
  })
}

/**
 * Usage and cost → record. Each member is written out: spread into the record, the facts leave a list behind for every
 * three members that follow them, 1 KB in all.
 */
export function recordOf(course: Course, ending: Ending, cost: AnswerCost, nowUs: number): UsageRecord {
  const { facts, startedAtUs, firstContentAtUs } = course
  const { served, error } = ending
  const price = served?.price ?? null
  const tier = served?.tier ?? null
  const record: Writable<UsageRecord> = {
    requestId: facts.requestId,
    receivedAtMs: facts.receivedAtMs,
    replica: facts.replica,
    workspace: facts.workspace,
    keyId: facts.keyId,
    principal: facts.principal,
    userId: facts.userId,
    conversationId: facts.conversationId,
    sessionId: facts.sessionId,
    tags: facts.tags,
    face: facts.face,
    stream: facts.stream,
    requested: facts.requested,
    route: facts.route,
    useCase: facts.useCase,
    agent: facts.agent,
    needs: facts.needs,
    inputBytes: facts.inputBytes,
    revision: facts.revision,
    switchId: facts.switchId,
    schema: 'v1',
    plan: planTold(course),
    attempts: course.attempts.map(inOwnWords),
    outcome: ending.outcome,
    error: errorInOwnWords(error, course.attempts),
    status: ending.status,
    modelId: served?.modelId ?? null,
    provider: served?.candidate.provider ?? null,
    region: served?.candidate.region ?? null,
    reason: served?.reason ?? null,
    finish: ending.finish,
    usage: bucketsOf(ending.usage),
    usageEstimated: ending.usageEstimated,
    costNanoUsd: cost.nanoUsd,
    priceId: price?.id ?? null,
    warnings: joinedLists(ending.warnings, cost.warnings),
    durationMs: (nowUs - startedAtUs) / 1_000,
    firstContentAfterMs: firstContentAtUs === null ? null : (firstContentAtUs - startedAtUs) / 1_000,
    overheadUs: overheadUs(startedAtUs / 1_000, nowUs / 1_000, course.spans),
    unrecognisedFrames: course.unrecognisedFrames,
  }
  if (tier !== null) record.serviceTier = tier
  if (facts.operation !== undefined) record.operation = facts.operation
  if (facts.drillId !== undefined) record.drillId = facts.drillId
  if (facts.trace !== undefined) record.trace = facts.trace
  return record
}

type Writable<Value> = { -readonly [Name in keyof Value]: Value[Name] }

function planTold({ plan, unfit }: Course): UsageRecord['plan'] {
  const told = {
    reason: plan?.reason ?? null,
    target: plan?.target ?? null,
    candidates: plan?.candidates.map(({ modelId }) => modelId) ?? [],
    excluded: joinedLists(plan?.excluded ?? [], [...unfit]),
  }
  return plan?.circuitsIgnored === true ? { ...told, circuitsIgnored: true } : told
}
