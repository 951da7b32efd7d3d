import type { Candidate } from '@pointsman/contract'
import type { AnswerAbout } from '@pointsman/wire'
import type { Run } from './run.ts'

/** What an answer in the face's own form says about itself. */
export function answerAbout(run: Run, { modelId }: Candidate): AnswerAbout {
  const { job, neutralCall } = run
  return {
    answerId: job.facts.requestId,
    createdAtS: Math.floor(job.facts.receivedAtMs / 1_000),
    model: modelId,
    elapsedMs: Math.round((run.nowUs() - job.startedAtUs) / 1_000),
    // Known wherever it is asked for: only a translated request has been read whole, and only its answer is written.
    streamUsage: neutralCall !== null && 'streamUsage' in neutralCall && neutralCall.streamUsage,
    vectorEncoding: neutralCall !== null && 'encoding' in neutralCall ? neutralCall.encoding : 'float',
    asked: job.scanned.json,
  }
}
