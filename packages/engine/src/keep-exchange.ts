import { PointsmanError, type CapturedExchange, type UsageRecord } from '@pointsman/contract'
import { capturedBytes, type Capture } from './capture.ts'
import { BoundedText, writePrompt } from './captured-text.ts'
import { formOf } from './forms.ts'
import type { Run } from './run.ts'

/**
 * Hands the text of a request and its answer to the journal, where the route keeps it and a model was asked. After the
 * answer's last byte, and without waiting: that text is kept is never a reason for a request to be slow or to fail.
 */
export function keepExchange(run: Run, record: UsageRecord): void {
  const { capture, engine, job } = run
  const { records } = engine.ports
  if (capture === null || records.captured === null || run.attempts.length === 0) return
  const { requestId } = job.facts
  try {
    if (records.captured(exchangeOf(run, capture, record))) return
    engine.log('warn', 'The text of a request was not kept: the journal has no room to spare.', { requestId })
  } catch (thrown) {
    engine.log('error', 'The text of a request was not kept, through a fault of ours.', {
      requestId,
      fault: thrown instanceof Error ? thrown.name : typeof thrown,
    })
  }
}

function exchangeOf(run: Run, capture: Capture, record: UsageRecord): CapturedExchange {
  const { requestId, workspace, conversationId, userId, useCase, modelId, receivedAtMs } = record
  const prompt = promptOf(run)
  const isAnswered = record.outcome === 'ok' || record.outcome === 'partial'
  const answer = isAnswered ? capture.read() : { text: null, isCut: false }
  return {
    ...{ requestId, workspace, conversationId, userId, useCase, modelId },
    createdAtMs: receivedAtMs,
    prompt: prompt?.text ?? null,
    answer: answer.text,
    truncated: answer.isCut || prompt?.isCut === true,
  }
}

/** Null = it cannot be read as messages: bytes that passed untouched may hold what the neutral form has no word for. */
function promptOf({ job, neutralCall }: Run): ReturnType<BoundedText['read']> | null {
  const text = new BoundedText(capturedBytes)
  try {
    const call = neutralCall ?? formOf(job.face, job.operation)?.readRequest(job.scanned)
    if (call === undefined) return null
    writePrompt(call, text)
  } catch (thrown) {
    if (!(thrown instanceof PointsmanError)) throw thrown
    return null
  }
  return text.read()
}
