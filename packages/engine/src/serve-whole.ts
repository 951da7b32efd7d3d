import { PointsmanError, type UsageRecord, type WholeResult } from '@pointsman/contract'
import { answerAbout } from './answer-about.ts'
import { Attempt } from './attempt.ts'
import { endLeft, sendRunError, servedBy, settleRun } from './finish-job.ts'
import type { Timeouts } from './job.ts'
import { joinedLists } from './joined-lists.ts'
import type { PreparedCandidate } from './prepare.ts'
import type { Run } from './run.ts'
import { WholeAnswer } from './whole.ts'

/**
 * One candidate's attempt at an answer without streaming; null = it failed, the plan may move on. `candidatesLeft` counts
 * this one.
 */
export async function serveWhole(
  run: Run,
  prepared: PreparedCandidate,
  candidatesLeft: number,
): Promise<UsageRecord | null> {
  const attempt = new Attempt(run, prepared, timeoutsOf(run, candidatesLeft))
  const write = (result: WholeResult): Uint8Array =>
    prepared.faceForm.writeResult(result, answerAbout(run, prepared, result.usage))
  const answer = new WholeAnswer(prepared, attempt, write, run.engine.maxAnswerBytes)
  const end = await attempt.start(answer)
  // No vendor bills a count.
  const isBilled = run.job.operation !== 'count-tokens'
  if (end.kind === 'failed') {
    const { servedTier, told } = answer
    if (told !== null && isBilled) {
      const { finish, usage } = told
      const served = servedBy(run, prepared, servedTier, usage)
      run.spent.push({ served, usage, finish: finish?.reason ?? null })
    }
    return null
  }
  if (end.kind === 'client-left' || answer.result === null) {
    const sent = attempt.sent && isBilled
    // What it wrote by then, and bills, nobody saw; an embedding writes no tokens.
    const emittedCharacters = run.job.operation === 'embed' ? 0 : null
    const { servedTier } = answer
    return endLeft(run, {
      ...{ prepared, servedTier, sent, emittedCharacters },
      ...{ warnings: prepared.warnings, told: null },
    })
  }
  const { usage, finish } = answer.result
  run.capture?.whole(answer.result)
  const leftOut = prepared.sameDialect ? undefined : prepared.faceForm.resultWarnings?.(answer.result)
  const warnings = leftOut === undefined ? prepared.warnings : joinedLists(prepared.warnings, leftOut)
  const { record, stored } = await settleRun(run, {
    outcome: 'ok',
    error: null,
    status: 200,
    served: servedBy(run, prepared, answer.servedTier, usage),
    finish: finish?.reason ?? null,
    usage,
    usageEstimated: false,
    warnings,
  })
  if (run.clientLeft) return record
  if (!stored) {
    sendRunError(run, storageFull())
    return record
  }
  const headers = run.job.answerHeaders({
    ...run.servedFacts(prepared.candidate, record.warnings, null),
    modelId: record.modelId,
  })
  headers.push('content-type', answer.contentType, 'content-length', String(answer.body.byteLength))
  const told = prepared.faceForm.resultHeaders?.(answer.result)
  if (told !== undefined) headers.push(...told)
  run.sendHead(200, headers)
  run.job.client.end(answer.body)
  return record
}

/**
 * A stalled candidate and one that still writes look the same from here, and their limit is long: each gets at most its
 * share of the time left, or the first ones would use up the deadline and the last would never be asked.
 */
function timeoutsOf(run: Run, candidatesLeft: number): Timeouts {
  const { timeouts } = run.job
  if (candidatesLeft === 1) return timeouts
  const shareMs = Math.max(1, Math.floor((run.deadlineUs - run.nowUs()) / 1_000 / candidatesLeft))
  return shareMs < timeouts.firstByteMs ? { ...timeouts, firstByteMs: shareMs } : timeouts
}

export function storageFull(): PointsmanError {
  return new PointsmanError(
    'storage_full',
    'The answer came, but its usage record could not be stored, and no answer is given without one. Free the disk that holds the journal, then ask again.',
  )
}
