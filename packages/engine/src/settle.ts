import type {
  AttemptRecord,
  Candidate,
  Exclusion,
  Outcome,
  Plan,
  PointsmanError,
  Price,
  Principal,
  RequestFacts,
  UsageBuckets,
  UsageRecord,
} from '@pointsman/contract'
import { costNanoUsd, overheadUs, tierCost, type Span } from '@pointsman/core'
import type { Engine } from './engine.ts'
import { joinedLists } from './joined-lists.ts'
import { errorInOwnWords, inOwnWords } from './own-words.ts'
import { tierWarning } from './tier-warning.ts'

/** The candidate that served, or that was at work when the caller left, with the price of its tokens. */
export interface Served {
  readonly candidate: Candidate
  readonly reason: UsageRecord['reason']
  readonly price: Price | null
  /** The service tier that is billed; null = the standard one. */
  readonly tier: string | null
}

/** How a request ended, as the one who ended it knows it. */
export interface Ending {
  readonly outcome: Outcome
  readonly error: PointsmanError | null
  /** The HTTP status sent; null when none was. */
  readonly status: number | null
  readonly served: Served | null
  readonly finish: string | null
  readonly usage: UsageBuckets
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
 * Usage → cost → record, whole → journal → the key's limits. Resolves when the record would survive a cut power line
 * or has failed to be written; never rejects. Called exactly once for each request, whatever happened to it, and
 * before the last byte: the duration therefore ends here.
 */
export const settle = (course: Course, ending: Ending, engine: Engine): Promise<Settled> =>
  store(recordOf(course, ending, engine.ports.clock.nowUs()), engine)

/** The second half of `settle`. */
export async function store(record: UsageRecord, engine: Engine): Promise<Settled> {
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
 * The first half of `settle`. Each member is written out: spread into the record, the facts leave a list behind for every
 * three members that follow them, 1 KB in all.
 */
export function recordOf(course: Course, ending: Ending, nowUs: number): UsageRecord {
  const { facts, startedAtUs, firstContentAtUs } = course
  const { served, error, usage } = ending
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
    modelId: served?.candidate.modelId ?? null,
    provider: served?.candidate.provider ?? null,
    region: served?.candidate.region ?? null,
    reason: served?.reason ?? null,
    finish: ending.finish,
    usage,
    usageEstimated: ending.usageEstimated,
    costNanoUsd: price === null || tier !== null ? null : costNanoUsd(usage, price),
    priceId: price?.id ?? null,
    warnings: ending.warnings,
    durationMs: (nowUs - startedAtUs) / 1_000,
    firstContentAfterMs: firstContentAtUs === null ? null : (firstContentAtUs - startedAtUs) / 1_000,
    overheadUs: overheadUs(startedAtUs / 1_000, nowUs / 1_000, course.spans),
    unrecognisedFrames: course.unrecognisedFrames,
  }
  if (tier !== null) billTier(record, tier, price)
  if (facts.operation !== undefined) record.operation = facts.operation
  if (facts.drillId !== undefined) record.drillId = facts.drillId
  if (facts.trace !== undefined) record.trace = facts.trace
  return record
}

/** Left open, the cost of a tier whose price is not known would count for nothing in limits of spend after a start. */
function billTier(record: Writable<UsageRecord>, tier: string, price: Price | null): void {
  record.serviceTier = tier
  if (price === null) return
  const { isOfTier, nanoUsd } = tierCost(record.usage, price, tier)
  record.costNanoUsd = nanoUsd
  if (!isOfTier && nanoUsd !== null) record.warnings = [...record.warnings, tierWarning(tier)]
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
