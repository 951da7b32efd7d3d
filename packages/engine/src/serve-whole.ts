import { PointsmanError, type UsageRecord } from '@pointsman/contract'
import { answerAbout } from './answer-about.ts'
import { Attempt } from './attempt.ts'
import { endLeft, sendRunError, servedBy, settleRun } from './finish-job.ts'
import type { PreparedCandidate } from './prepare.ts'
import type { Run } from './run.ts'
import { WholeAnswer } from './whole.ts'

/** One candidate's attempt at an answer without streaming; null = it failed, the plan may move on. */
export async function serveWhole(run: Run, prepared: PreparedCandidate): Promise<UsageRecord | null> {
  const attempt = new Attempt(run, prepared)
  const answer = new WholeAnswer(prepared, attempt)
  const end = await attempt.start(answer)
  if (end.kind === 'failed') return null
  const { candidate, warnings } = prepared
  if (end.kind === 'client-left' || answer.result === null) {
    return endLeft(run, { candidate, warnings, sent: attempt.sent, told: null, emittedCharacters: 0 })
  }
  const { usage, finish } = answer.result
  // Written before it is recorded: what cannot be written was not served.
  const body = prepared.sameDialect
    ? answer.body
    : run.job.face.writeResult(answer.result, answerAbout(run, candidate))
  const { record, stored } = await settleRun(run, {
    outcome: 'ok',
    error: null,
    status: 200,
    served: servedBy(run, candidate),
    finish: finish.reason,
    usage,
    usageEstimated: false,
    warnings,
  })
  if (run.clientLeft) return record
  if (!stored) {
    sendRunError(run, storageFull())
    return record
  }
  const headers = run.job.answerHeaders(run.servedFacts(candidate, warnings, null))
  const contentType = ['content-type', answer.contentType, 'content-length', String(body.byteLength)]
  run.sendHead(200, [...contentType, ...headers])
  run.job.client.end(body)
  return record
}

export function storageFull(): PointsmanError {
  return new PointsmanError(
    'storage_full',
    'The answer came, but its usage record could not be stored, and no answer is given without one. Free the disk that holds the journal, then ask again.',
  )
}
