import {
  PointsmanError,
  unknownUsage,
  type ErrorCode,
  type ServedTier,
  type ToldUsage,
  type UsageRecord,
} from '@pointsman/contract'
import { billedTier, priceInForce } from '@pointsman/core'
import { answeredBy, costOfAnswer, type Served } from './answer-cost.ts'
import { estimateUsage } from './estimate-usage.ts'
import { noteEpisode } from './note-episode.ts'
import type { PreparedCandidate } from './prepare.ts'
import type { Run } from './run.ts'
import { sendLastError } from './send-error.ts'
import { recordOf, settle, type Ending, type Settled } from './settle.ts'
import { withSpent } from './spent-answers.ts'

/** Settles a job; the one place that does, so that no job is settled twice. */
export function settleRun(run: Run, ending: Ending): Promise<Settled> {
  const { job } = run
  const { facts, principal, plan, startedAtUs } = job
  const { unfit, attempts, spans, firstContentAtUs, unrecognisedFrames } = run
  const course = {
    facts,
    principal,
    plan,
    unfit,
    attempts,
    spans,
    startedAtUs,
    firstContentAtUs,
    unrecognisedFrames,
  }
  const { snapshot } = job
  const cost = costOfAnswer(ending, { snapshot, atMs: facts.receivedAtMs })
  const record = withSpent(recordOf(course, ending, cost, run.nowUs()), run.spent, snapshot)
  // Ahead of the record: once that is stored a process may be frozen.
  if (ending.outcome === 'ok' && ending.served !== null) noteEpisode(run, ending.served.candidate)
  run.settled = record
  return settle(record, run.engine)
}

/** `told`: what the answer tells of its usage; null = nothing came. */
export function servedBy(
  run: Run,
  { askedTier, candidate, provider }: PreparedCandidate,
  servedTier: ServedTier | null,
  told: ToldUsage | null,
): Served {
  const { snapshot, facts } = run.job
  const modelId = answeredBy(candidate, told, snapshot)
  return {
    candidate,
    modelId: modelId ?? candidate.modelId,
    reason: run.reasonOf(candidate),
    price: modelId === null ? null : priceInForce(snapshot, modelId, candidate.region, facts.receivedAtMs),
    tier: billedTier(servedTier, askedTier),
    provider,
  }
}

/** Errors that speak of the request and not of whoever should have answered it. */
const refusals: ReadonlySet<ErrorCode> = new Set([
  'invalid_json',
  'invalid_request',
  'unsupported_parameter',
  'upstream_rejected',
  'upstream_content_policy',
])

/** The job failed before anything of an answer was sent, or by a fault of ours in the middle: record, then the error. */
export async function failRun(run: Run, error: PointsmanError): Promise<UsageRecord> {
  const { record } = await settleRun(run, {
    outcome: refusals.has(error.code) ? 'refused' : 'failed',
    error,
    status: run.statusSent ?? (run.clientLeft ? null : error.status),
    served: null,
    finish: null,
    usage: unknownUsage,
    usageEstimated: false,
    warnings: [],
  })
  endWithError(run, error)
  return record
}

/** Tells the error as far as it still can be told: as the answer, or in the stream that has begun. */
export function endWithError(run: Run, error: PointsmanError): void {
  try {
    if (run.statusSent === null) sendRunError(run, error)
    else if (!run.clientLeft) run.job.client.end(run.job.face.writeStreamError(error, run.stream?.broken))
  } catch (thrown) {
    // The client's side itself is what is broken: nothing can be told to it any more.
    run.reportFault(thrown)
  }
}

/** The vendor's words on the request itself: they come from one model, which the headers name. */
const refusalsOfModels: ReadonlySet<ErrorCode> = new Set(['upstream_rejected', 'upstream_content_policy'])

/**
 * An error as the whole answer, with the headers of an answer, though of none that a model served. Never throws: the
 * record stands already.
 */
export function sendRunError(run: Run, error: PointsmanError): void {
  if (run.clientLeft || run.statusSent !== null) return
  const { client, face, facts } = run.job
  const refusing = refusalsOfModels.has(error.code) ? (run.failures.at(-1)?.candidate ?? null) : null
  const headers = () => run.job.answerHeaders(run.servedFacts(refusing, [], null))
  const answer = { client, face, error, requestId: facts.requestId, headers }
  run.statusSent = sendLastError(answer, (thrown) => run.reportFault(thrown))
}

export interface Abandoned {
  readonly prepared: PreparedCandidate
  readonly servedTier: ServedTier | null
  readonly warnings: readonly string[]
  readonly sent: boolean
  readonly told: ToldUsage | null
  readonly emittedCharacters: number | null
}

/**
 * The caller left. What had been emitted by then is billed by the vendor, so it is recorded: `partial` where the
 * caller had begun to receive it, else `client-closed`.
 */
export async function endLeft(run: Run, abandoned: Abandoned | null): Promise<UsageRecord> {
  const error = new PointsmanError('client_closed', 'The caller left before the end.')
  const { inputTokensEstimate } = run.job.facts.needs
  const { record } = await settleRun(run, {
    // Heartbeats are no part of an answer.
    outcome: run.statusSent === null || run.firstContentAtUs === null ? 'client-closed' : 'partial',
    error,
    status: run.statusSent,
    served:
      abandoned === null || !abandoned.sent
        ? null
        : servedBy(run, abandoned.prepared, abandoned.servedTier, abandoned.told),
    finish: null,
    usage: abandoned === null ? unknownUsage : estimateUsage({ ...abandoned, inputTokensEstimate }),
    usageEstimated: abandoned?.sent ?? false,
    warnings: run.statusSent === null ? [] : (abandoned?.warnings ?? []),
  })
  return record
}
