import type { Candidate } from '@pointsman/contract'
import { costNanoUsd, priceInForce } from '@pointsman/core'
import type { AnswerAbout } from '@pointsman/wire'
import type { Run } from './run.ts'

/** What an answer in the face's own form says about itself. */
export function answerAbout(run: Run, candidate: Candidate): AnswerAbout {
  const { modelId, region } = candidate
  const { job, neutralCall } = run
  const elapsedMs = () => Math.round((run.nowUs() - job.startedAtUs) / 1_000)
  return {
    answerId: job.facts.requestId,
    createdAtS: Math.floor(job.facts.receivedAtMs / 1_000),
    model: modelId,
    elapsedMs: elapsedMs(),
    // Known wherever it is asked for: only a translated request has been read whole, and only its answer is written.
    streamUsage: neutralCall !== null && 'streamUsage' in neutralCall && neutralCall.streamUsage,
    vectorEncoding: neutralCall !== null && 'encoding' in neutralCall ? neutralCall.encoding : 'float',
    // Parsed whole only for those who tell it again.
    get asked() {
      return job.scanned.whole()
    },
    modelName: job.snapshot.models.get(modelId)?.name ?? modelId,
    reason: run.reasonOf(candidate),
    conversation: job.conversation ?? null,
    elapsedMsNow: elapsedMs,
    costNanoUsd(usage) {
      const price = priceInForce(job.snapshot, modelId, region, job.facts.receivedAtMs)
      return price === null ? null : costNanoUsd(usage, price)
    },
  }
}
