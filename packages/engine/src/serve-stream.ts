import { PointsmanError, unknownUsage, type UpstreamFailure, type UsageRecord } from '@pointsman/contract'
import { answerAbout } from './answer-about.ts'
import { Attempt } from './attempt.ts'
import { noBytes } from './bytes.ts'
import { estimateUsage } from './estimate-usage.ts'
import { tellable } from './exhausted.ts'
import { endLeft, sendRunError, servedBy, settleRun } from './finish-job.ts'
import type { PreparedCandidate } from './prepare.ts'
import { Relay } from './relay.ts'
import type { Run } from './run.ts'
import { storageFull } from './serve-whole.ts'

/** One candidate's attempt at a streamed answer; null = it failed before the commit point, the plan may move on. */
export async function serveStream(run: Run, prepared: PreparedCandidate): Promise<UsageRecord | null> {
  const attempt = new Attempt(run, prepared)
  const about = answerAbout(run, prepared, null)
  const begin = (): void => {
    commit(run, prepared, attempt)
    run.stream = relay
  }
  const relay = new Relay({ run, prepared, about, commit: begin }, attempt)
  const end = await attempt.start(relay)
  relay.stop()
  if (end.kind === 'failed') {
    if (relay.committed) return endBroken(run, prepared, relay, end.failure)
    noteSpent(run, prepared, relay)
    return null
  }
  if (end.kind === 'client-left') {
    const { usage, emittedCharacters, servedTier, warnings } = relay
    const { sent } = attempt
    return endLeft(run, { prepared, servedTier, warnings, sent, told: usage, emittedCharacters })
  }
  const usageEstimated = relay.usage === null
  const { record, stored } = await settleRun(run, {
    outcome: 'ok',
    error: null,
    status: 200,
    served: servedBy(run, prepared, relay.servedTier, relay.usage),
    finish: relay.finish?.reason ?? null,
    usage: relay.usage ?? emittedUsage(run, relay),
    usageEstimated,
    warnings: relay.warnings,
  })
  if (run.clientLeft) return record
  if (stored) run.job.client.end(relay.closing())
  else if (relay.committed) run.job.client.end(run.job.face.writeStreamError(storageFull(), relay.broken))
  else sendRunError(run, storageFull())
  return record
}

function commit(run: Run, prepared: PreparedCandidate, attempt: Attempt): void {
  const { candidate, warnings } = prepared
  const { face } = run.job
  const headers = run.job.answerHeaders(run.servedFacts(candidate, warnings, attempt.startedAtUs))
  run.sendHead(200, ['content-type', face.streamContentType, ...headers])
  prepared.body = noBytes
  run.letGo()
}

/** It failed before the commit point, and told what it had used. */
function noteSpent(
  run: Run,
  prepared: PreparedCandidate,
  { failedWithUsage, servedTier, usage }: Relay,
): void {
  if (!failedWithUsage || usage === null) return
  run.spent.push({ served: servedBy(run, prepared, servedTier, usage), usage, finish: null })
}

/** The upstream failed after the commit point: no other model's bytes may follow, and the end must not look like one. */
async function endBroken(
  run: Run,
  prepared: PreparedCandidate,
  relay: Relay,
  failure: UpstreamFailure,
): Promise<UsageRecord> {
  const { modelId } = prepared.candidate
  // Heartbeats are no part of an answer.
  const what = relay.begun ? `The answer of ${modelId} broke off` : `${modelId} gave no answer`
  const error = new PointsmanError(failure.code, `${what}: ${tellable(failure)}`, {
    ...(failure.vendorName === null ? {} : { vendorName: failure.vendorName }),
    ...(failure.tooLong === true ? { tooLong: true } : {}),
  })
  const isEstimated = relay.begun && !relay.failedWithUsage
  const { record } = await settleRun(run, {
    outcome: relay.begun ? 'partial' : 'failed',
    error,
    status: 200,
    served: servedBy(run, prepared, relay.servedTier, relay.usage),
    finish: null,
    usage: isEstimated ? emittedUsage(run, relay) : (relay.usage ?? unknownUsage),
    usageEstimated: isEstimated,
    warnings: relay.warnings,
  })
  if (run.clientLeft) return record
  run.job.client.end(relay.errorFrame ?? run.job.face.writeStreamError(error, relay.broken))
  return record
}

function emittedUsage(run: Run, { usage, emittedCharacters }: Relay) {
  const { inputTokensEstimate } = run.job.facts.needs
  return estimateUsage({ told: usage, sent: true, inputTokensEstimate, emittedCharacters })
}
